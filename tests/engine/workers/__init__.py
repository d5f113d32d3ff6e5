import pytest

pytest.register_assert_rewrite("tests.engine.workers.contract", "tests.engine.workers.command_bench")
