"""The receipt as one HTML page: self-contained, printable, without scripts, links or anything that is fetched.

`page.html(receipt)` writes it from the receipt's JSON alone. `nodes` makes markup in such a way that no text can become
any; `style` is the only stylesheet, and the page's own policy lets no other in; `charts` are drawings in plain SVG.
"""
