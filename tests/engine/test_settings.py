"""config.toml: what it may say, and what is said about what it may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import BadInputError
from engine.settings import REHEARSED_IDENTITY, Settings, judge_settings, load_settings, read_settings

GOOD = '[mail]\nname = "Ada Example"\naddress = "ada@yours.example"\npostal = "1 Example Street"\n'


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def test_no_file_is_no_settings(config: Path) -> None:
    assert load_settings(config) == Settings()


@pytest.mark.parametrize("text", ["", "# nothing yet\n"])
def test_an_empty_file_is_no_settings(config: Path, text: str) -> None:
    config.write_text(text)
    assert load_settings(config).identity is None


def test_who_sends_is_read_from_the_file(config: Path) -> None:
    config.write_text(GOOD)
    identity = load_settings(config).identity
    assert identity is not None
    assert (identity.name, identity.address, identity.replies) == (
        "Ada Example",
        "ada@yours.example",
        "ada@yours.example",
    )


def test_replies_may_go_elsewhere(config: Path) -> None:
    config.write_text(GOOD + 'reply_to = "team@yours.example"\n')
    identity = load_settings(config).identity
    assert identity is not None
    assert identity.replies == "team@yours.example"


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("[mail\n", "is not TOML"),
        (GOOD.replace("ada@yours.example", "ada"), "[mail.address]"),
        (GOOD.replace('postal = "1 Example Street"\n', ""), "[mail.postal]"),
        (GOOD.replace("Ada Example", "Ada <x>"), "[mail.name]"),
        (GOOD.replace('"Ada Example"', "7"), "[mail.name]"),
        (GOOD + 'reply_to = "nowhere"\n', "[mail.reply_to]"),
        (GOOD + "pasword = 1\n", "[mail.pasword]"),
        ("[mial]\n", "[mial]"),
        ("mail = 1\n", "[mail]"),
    ],
)
def test_what_cannot_be_used_is_named_by_its_place(config: Path, text: str, where: str) -> None:
    config.write_text(text)
    with pytest.raises(BadInputError) as caught:
        load_settings(config)
    assert str(config) in str(caught.value)
    assert where in str(caught.value)
    assert caught.value.mend


def test_what_was_written_is_not_repeated_in_the_error(config: Path) -> None:
    config.write_text(GOOD.replace("ada@yours.example", "hunter2"))
    with pytest.raises(BadInputError) as caught:
        load_settings(config)
    assert "hunter2" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_said_to_be(config: Path) -> None:
    config.write_bytes(b'name = "\xff"')
    with pytest.raises(BadInputError, match="cannot be read"):
        load_settings(config)
    config.unlink()
    config.mkdir()
    with pytest.raises(BadInputError, match="cannot be read"):
        load_settings(config)


def test_a_file_nested_without_end_is_said_not_to_be_toml(config: Path) -> None:
    config.write_text("x = " + "[" * 50_000)
    with pytest.raises(BadInputError):
        load_settings(config)


def test_a_rehearsal_writes_from_an_address_that_cannot_exist() -> None:
    assert REHEARSED_IDENTITY.address.endswith(".invalid")


MODEL = '[models.m]\nmodel = "openai/x"\n'
FREE = MODEL + "free = true\n"
SMTP = GOOD + '[mail.smtp]\nhost = "smtp.yours.example"\n'
IMAP = GOOD + '[mail.inbox]\nkind = "imap"\nhost = "imap.yours.example"\n'


def refused(text: str) -> str:
    """What is said about a text that cannot be used."""
    with pytest.raises(BadInputError) as caught:
        read_settings(text)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "where", "said"),
    [
        (MODEL, "[models.m]", "price"),
        (FREE + "price = {input = 1, output = 2}\n", "[models.m]", "price"),
        (MODEL + "price = {input = 1}\n", "[models.m.price.output]", "missing"),
        (MODEL + "price = {input = -1, output = 2}\n", "[models.m.price.input]", "between 0"),
        (MODEL + "price = {input = 0.0000001, output = 2}\n", "[models.m.price.input]", "six decimals"),
        (MODEL + "price = {input = nan, output = 2}\n", "[models.m.price.input]", "dollars"),
        (FREE.replace("models.m", 'models."A b"'), "[models.A b]", "small letters"),
        (FREE.replace("openai/x", "gpt"), "[models.m.model]", "provider/name"),
        (FREE + 'key = "sk-hunter2"\n', "[models.m.key]", "keyring:NAME"),
        (FREE + 'endpoint = "http://elsewhere.example/v1"\n', "[models.m.endpoint]", "https"),
        (FREE + 'endpoint = "https://a:hunter2@elsewhere.example"\n', "[models.m.endpoint]", "without name"),
        (FREE + 'endpoint = "http://127.0.0.1:99999"\n', "[models.m.endpoint]", "ort"),
        (FREE + 'endpoint = "http://[::1"\n', "[models.m.endpoint]", "IPv6"),
        (FREE + "window = 8000\n", "[models.m]", "does not fit"),
        (FREE + 'privacy = "local"\n', "[models.m]", "endpoint"),
        (FREE + "silence = 30\n", "[models.m.silence]", "unit"),
        (FREE.replace("true", '"yes"'), "[models.m.free]", "boolean"),
        (SMTP + 'security = "none"\n', "[mail.smtp]", "this machine only"),
        (SMTP.replace("smtp.yours", "smtps://smtp.yours"), "[mail.smtp.host]", "without scheme"),
        (SMTP.replace("smtp.yours", "smtp .yours"), "[mail.smtp.host]", "without scheme"),
        (SMTP.replace('smtp.yours.example"', 'smtp.yours.example:465"'), "[mail.smtp.host]", "without its port"),
        (IMAP.replace("imap.yours", "ada@imap.yours"), "[mail.inbox.host]", "user"),
        (SMTP + 'user = "ada"\n', "[mail.smtp]", "go together"),
        (SMTP + 'port = "465"\n', "[mail.smtp.port]", "integer"),
        (SMTP + "timeout = 5\n", "[mail.smtp.timeout]", "unit"),
        (IMAP + 'path = "x"\n', "[mail.inbox]", "none has both"),
        (IMAP + 'user = "ada"\n', "[mail.inbox]", "go together"),
        (IMAP.replace("imap", "mbox", 1), "[mail.inbox]", "path"),
        (GOOD + '[mail.limits]\nhours = "18:00-08:00"\n', "[mail.limits.hours]", "later"),
        (GOOD + '[mail.limits]\nbounces = "0%"\n', "[mail.limits.bounces]", "5%"),
        ('[screen]\ntheme = "../secrets"\n', "[screen.theme]", ""),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_at_its_place(text: str, where: str, said: str) -> None:
    complaint = refused(text)
    assert where in complaint
    assert said in complaint
    assert "hunter2" not in complaint


def test_a_price_is_exact_and_what_it_leaves_out_costs_what_input_and_output_cost() -> None:
    model = read_settings(MODEL + 'price = {input = 0.1, output = "2.50", cache_read = 0.000001}\n').models["m"]
    assert model.price is not None
    price = model.price.price()
    assert (price.input, price.output, price.cache_read) == (100_000, 2_500_000, 1)
    assert (price.cache_write, price.reasoning) == (100_000, 2_500_000)


def test_a_server_on_this_machine_may_speak_in_the_clear() -> None:
    for host in ("127.0.0.1", "localhost", "[::1]"):
        assert read_settings(FREE + f'endpoint = "http://{host}:8000/v1"\nprivacy = "local"\n').models
    assert read_settings(SMTP.replace("smtp.yours.example", "127.0.0.1") + 'security = "none"\n').mail


def test_the_limits_are_those_that_the_engine_applies() -> None:
    text = GOOD + '[mail.limits]\nper_day = 7\ngap = "2m"\nhours = "08:00-24:00"\nbounces = "2.5%"\n'
    limits = read_settings(text).limits
    assert (limits.per_day, limits.gap_ms, limits.hours, limits.bounce_ppm) == (7, 120_000, (480, 1440), 25_000)


def test_every_place_that_names_a_secret_is_known() -> None:
    login = 'user = "ada"\npassword = "keyring:mail"\n'
    sent = '[mail.smtp.sent]\nhost = "imap.yours.example"\n' + login.replace("mail", "sent")
    inbox = IMAP.removeprefix(GOOD) + login.replace("keyring:mail", "env:INBOX")
    settings = read_settings(SMTP + login + sent + inbox + FREE + 'key = "keyring:openai"\n')
    assert settings.references == (
        ("models.m.key", "keyring:openai"),
        ("mail.smtp.password", "keyring:mail"),
        ("mail.smtp.sent.password", "keyring:sent"),
        ("mail.inbox.password", "env:INBOX"),
    )


def test_models_are_listed_for_routing_by_name() -> None:
    settings = read_settings(FREE.replace("models.m", "models.z") + FREE + 'endpoint = "https://a.example:8443/v1"\n')
    assert [one.name for one in settings.catalogue] == ["m", "z"]
    assert [one.provider for one in settings.catalogue] == ["a.example:8443", "openai"]


def test_all_that_is_wrong_can_be_told_at_once() -> None:
    settings, faults = judge_settings("[mial]\n[screen]\ncolour = 1\n" + MODEL, "here.toml")
    assert settings is None
    assert [fault.where for fault in faults] == [
        "here.toml [models.m]",
        "here.toml [screen.colour]",
        "here.toml [mial]",
    ]
    assert judge_settings("") == (Settings(), ())


@pytest.mark.parametrize("text", ["x = " + "9" * 5_000, "x = 1e99999999999999999999", "x = '\udc80'"])
def test_numbers_and_texts_out_of_range_are_an_error_like_any_other(text: str) -> None:
    settings, faults = judge_settings(text)
    assert settings is None
    assert faults
