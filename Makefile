.PHONY: demo env test check thorough

demo:
	@python3 bootstrap.py demo $(ARGS)

env:
	@python3 bootstrap.py env

test:
	@python3 bootstrap.py test $(ARGS)

thorough:
	@python3 bootstrap.py test --thorough
