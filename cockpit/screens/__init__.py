"""The screens: each folder holds its painters (pure, from view models to lines) and the Textual screen around them."""
