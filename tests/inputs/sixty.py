"""The sixty bad inputs by name, and the tests that each of them has: a file below tests/, and functions in it."""

from __future__ import annotations

from typing import NamedTuple

LOAD, LINT, FILES = "engine/contract/test_load.py", "engine/contract/test_lint.py", "engine/contract/test_files.py"
PAYLOADS = "pty/payloads.py"
GUARD, HOSTILE, PAINT = "pty/test_guard.py", "screens/test_hostile.py", "screens/attention/test_paint.py"
READING, ENDPOINTS, HOST = (
    "engine/workers/model/test_reading.py",
    "e2e/test_bad_endpoints.py",
    "engine/modelhost/test_real_host_tools.py",
)
MCP, LOOP = "engine/tools/test_mcp.py", "engine/workers/model/test_tools.py"
INPUT, TROUBLE, LIFE = "e2e/test_bad_input.py", "durable/test_trouble.py", "pty/test_life.py"


class Case(NamedTuple):
    """One bad input: its number in the list, what it is, and where it is tested."""

    number: int
    name: str
    tests: tuple[tuple[str, str], ...]


CASES = (
    Case(1, "a YAML alias bomb", ((LOAD, "test_an_alias_is_refused"), (INPUT, "test_a_contract_with_mistakes_is_refused_with_a_line_for_each"))),
    Case(2, "two hundred thousand nested brackets", ((LOAD, "test_nothing_hangs"), (LOAD, "test_nesting_ends_at_twenty"))),
    Case(3, "a key given twice", ((LOAD, "test_a_wrong_value_is_named_at_its_place"),)),
    Case(4, "values that YAML versions read differently", ((LOAD, "test_a_wrong_value_is_named_at_its_place"),)),
    Case(5, "a tag that names a Python object", ((INPUT, "test_a_contract_with_mistakes_is_refused_with_a_line_for_each"),)),
    Case(6, "anchors and merge keys", ((LOAD, "test_an_alias_is_refused"),)),
    Case(7, "a byte order mark, UTF-16, Latin-1, NUL", ((LOAD, "test_what_is_no_contract_file_is_refused_in_one_line"),)),
    Case(8, "a huge file, a huge line", ((FILES, "test_a_file_of_a_gigabyte_is_not_read_to_its_end"), (LOAD, "test_nothing_hangs"))),
    Case(9, "binary, pipe, device, folder, a loop of links", ((FILES, "test_a_pipe_that_nobody_writes_to_does_not_block"), (FILES, "test_a_device_is_never_read"), (FILES, "test_a_loop_of_links"), (LOAD, "test_random_bytes_never_raise"))),
    Case(10, "tasks that wait for each other, or for nobody", ((LINT, "test_cycles_are_named_once"), (LINT, "test_a_thousand_tasks_that_lean_on_each_other_are_fine"))),
    Case(11, "budgets that are none", ((LOAD, "test_a_wrong_value_is_named_at_its_place"), ("engine/contract/test_units.py", "test_what_is_no_amount"))),
    Case(12, "a stop condition that holds at once", ((LINT, "test_what_lint_says"),)),
    Case(13, "a tool that there is not, a worker without rights, contradictory verbs", ((LINT, "test_what_lint_says"), (LINT, "test_tools_are_given_only_to_their_roles"))),
    Case(14, "an unknown key", ((LOAD, "test_a_wrong_value_is_named_at_its_place"),)),
    Case(15, "a contract that is edited on the disk while its mission runs", (("inputs/test_p16_sixty.py", "test_15_a_contract_that_changes_on_the_disk_changes_no_mission"),)),
    Case(16, "two contracts of one id", (("engine/loop/test_starting.py", "test_a_slug_is_unique_and_never_that_of_the_home_stream"),)),
    Case(17, "a secret pasted into a contract", (("cockpit/test_pasted.py", "*"),)),
    Case(18, "direction changes in names and addresses", ((PAINT, "test_nothing_that_is_hidden_or_steers_reaches_a_line"), ("engine/effects/test_addresses.py", "test_an_unsafe_address_is_refused"))),
    Case(19, "hidden instructions in invisible characters", ((PAINT, "test_every_kind_of_hidden_character_is_counted_and_seen"),)),
    Case(20, "look-alike domains, trailing dots, users in addresses", (("engine/effects/test_addresses.py", "test_an_unsafe_address_is_refused"), ("engine/tools/test_http_addresses.py", "test_an_address_that_may_lead_elsewhere_is_not_read"))),
    Case(21, "sequences that steer a terminal", ((GUARD, "test_nothing_but_text_and_our_own_sequences_reach_the_terminal"),)),
    Case(22, "markup that would act", ((HOSTILE, "test_no_screen_hands_on_what_the_guard_would_have_to_stop"),)),
    Case(23, "carriage returns that overwrite", ((HOSTILE, "test_no_screen_hands_on_what_the_guard_would_have_to_stop"),)),
    Case(24, "stacks of marks, wide characters, lone surrogates", (("engine/effects/test_mail.py", "test_lone_surrogates_are_refused"), ("widgets/test_ink.py", "test_a_wide_character_at_the_edge_leaves_a_blank_rather_than_half_of_itself"))),
    Case(25, "half a megabyte with the danger at its end", ((PAINT, "test_longer_texts_say_how_much_is_unread"),)),
    Case(26, "an approval drawn in text", ((PAINT, "test_a_drawn_box_stays_behind_the_gutter"),)),
    Case(27, "two spellings of one recipient", (("engine/effects/test_addresses.py", "test_twins_of_one_unicode_text_are_one_person"),)),
    Case(28, "links that carry data away", ((PAINT, "test_an_item_stands_out_for_a_reason_that_was_computed"), (PAINT, "test_look_alikes_and_foreign_domains_are_named"))),
    Case(29, "JSON that is broken, cut, or no JSON", ((READING, "test_what_does_not_fit_is_refused_with_its_place"), (READING, "test_any_text_is_read_or_refused"))),
    Case(30, "a tool that there is not, arguments of a wrong type", ((LOOP, "test_an_unknown_tool_is_asked_for_by_its_name_and_shown_as_unknown"), ("engine/governance/test_p7_policy.py", "test_row_11_arguments_that_do_not_fit"))),
    Case(31, "an answer without an end, one that drips", ((ENDPOINTS, "test_an_answer_without_an_end_is_cut_off"), (ENDPOINTS, "test_an_answer_that_drips_for_ever_ends_with_the_time_of_its_role"))),
    Case(32, "an empty answer, a refusal", ((ENDPOINTS, "test_what_is_no_answer_is_charged_as_if_it_were_and_waited_for"),)),
    Case(33, "the same call a hundred times", (("engine/governance/test_progress.py", "test_the_same_call_with_the_same_result_is_warned_about_at_the_third_and_ends_at_the_fifth"),)),
    Case(34, "usage that is missing or cannot be", ((ENDPOINTS, "test_usage_that_is_missing_or_cannot_be_true_is_charged_at_the_reservation"),)),
    Case(35, "an id of a call that comes again", ((HOST, "test_unknown_names_and_ids_that_are_used_twice_are_passed_on"),)),
    Case(36, "two hundred calls at once", ((HOST, "*"), ("engine/loop/test_gateway.py", "*"))),
    Case(37, "a claim that it was approved", ((HOST, "*"), ("engine/tools/test_p8_injections.py", "*"))),
    Case(38, "a model that is retired or has no price", ((ENDPOINTS, "test_a_model_that_is_not_there_is_asked_about_once"), ("engine/governance/test_money.py", "test_without_a_recorded_price_nothing_is_corrected"))),
    Case(39, "throttling for ever, errors without end", ((ENDPOINTS, "test_a_provider_that_always_fails_is_waited_for_and_not_hammered"), ("engine/routing/test_breaker.py", "test_a_throttled_model_is_left_alone_as_long_as_it_says"))),
    Case(40, "a server that hangs", ((MCP, "test_40_a_server_that_hangs_while_it_is_opened"), (MCP, "test_40_a_server_that_hangs_at_a_call_is_ended_and_started_anew"), (MCP, "test_40_a_server_that_hangs_at_shutdown_is_ended"))),
    Case(41, "a server that crashes and leaves children", ((MCP, "test_41_a_server_that_crashes_says_how_it_ended"), (MCP, "test_41_children_of_a_server_end_with_it"))),
    Case(42, "a server that floods", ((MCP, "test_42_43_a_server_that_floods_is_given_up"), (MCP, "test_42_a_server_whose_errors_are_full_goes_on"))),
    Case(43, "a server that says something else", ((MCP, "test_43_a_server_that_writes_other_things_than_messages_is_understood"), (MCP, "test_43_results_of_the_wrong_shape_are_no_results"))),
    Case(44, "a tool that changed between list and call", (("engine/tools/test_p9_gateway.py", "*"),)),
    Case(45, "two tools of one name", (("engine/tools/test_bench.py", "test_p9_what_is_new_gone_or_there_twice_is_not_offered"),)),
    Case(46, "a result of ten thousand images", ((MCP, "test_46_ten_thousand_images_are_a_short_note"), (MCP, "test_46_a_huge_text_is_cut_and_says_so"))),
    Case(47, "a storm of notifications", ((MCP, "test_47_a_storm_of_notifications_is_harmless"),)),
    Case(48, "a server that asks for a password", ((MCP, "test_48_sampling_elicitation_and_roots_are_refused_and_noted"),)),
    Case(49, "a server that ignores being cancelled", ((MCP, "test_49_a_server_that_ignores_being_cancelled_is_ended"),)),
    Case(50, "a keyring that is absent, locked, slow or readable", (("e2e/test_no_keyring.py", "*"), ("e2e/test_secret_service.py", "test_a_locked_collection_is_told_and_does_not_hang"), ("engine/secrets/test_system.py", "test_a_keyring_that_hangs_is_given_up"), ("engine/secrets/test_trust.py", "test_what_keeps_nothing_or_keeps_it_readable_is_refused"))),
    Case(51, "a home that is read-only, missing, or a file", ((TROUBLE, "*"), (INPUT, "test_a_home_that_may_not_be_written"), (INPUT, "test_a_file_where_the_home_belongs"))),
    Case(52, "a disk that is full", ((TROUBLE, "*"), ("engine/ledger/test_sqlite.py", "test_a_full_disk_loses_nothing_that_was_acknowledged"))),
    Case(53, "a ledger that is locked, cut, flipped, deleted, newer", (("durable/test_doctor.py", "*"), ("durable/test_flips.py", "*"), (INPUT, "test_a_ledger_that_is_none_or_damaged"))),
    Case(54, "two engines, and one killed", (("e2e/test_lifecycle.py", "test_a_second_engine_says_no_and_harms_nothing"), ("e2e/test_kill.py", "*"))),
    Case(55, "clocks that jump", (("durable/test_time.py", "*"),)),
    Case(56, "a storm of sizes", ((LIFE, "test_a_storm_of_sizes"), (LIFE, "test_it_lives_at_every_size"))),
    Case(57, "a terminal that can nothing, signals, a terminal that goes", ((LIFE, "test_a_dumb_terminal_is_told_what_works_there"), (LIFE, "test_without_utf8_everything_is_ascii"), (LIFE, "test_it_ends_with_its_terminal_when_no_signal_says_so"))),
    Case(58, "a megabyte pasted", (("screens/attention/test_deciding.py", "test_a_paste_is_never_a_decision"),)),
    Case(59, "few descriptors, little memory", ((TROUBLE, "*"), ("inputs/test_p16_sixty.py", "test_59_a_reader_with_few_descriptors_and_little_memory_works"))),
    Case(60, "very many missions and events", (("widgets/test_listing.py", "test_ten_thousand_entries_cost_what_is_visible"), ("engine/ledger/contract_history.py", "test_two_thousand_events_of_one_mission"))),
)  # fmt: skip
