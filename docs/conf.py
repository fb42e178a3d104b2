"""The documentation's site: `make docs` builds it into build/docs and checks its links.

The pages are Markdown, and read well as they are, too; what they show of Python and the shell is
run by tests/test_docs.py. The reference is made from docstrings, which are laid out here.
"""

import contextlib
import importlib.metadata
import inspect
import io
import os
import re

from docutils import nodes
from docutils.parsers.rst import Directive

import w2v

project = "w2v"
author = "the authors of w2v"
copyright = author
version = release = w2v.__version__

# Its fields are shown as the arguments of FastText.
nitpick_ignore = [("py:class", "w2v.models.params.SubwordParams")]

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_copybutton"]
exclude_patterns = []
html_theme = "furo"
html_title = f"w2v {release}"
html_show_copyright = html_show_sphinx = html_copy_source = False
# Finds English words as well, by their stems.
html_search_language = "zh"

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
copybutton_prompt_text = r">>> |\.\.\. "
copybutton_prompt_is_regexp = True

smartquotes = False  # of strings in code, too
autodoc_typehints = "none"  # told in the docstrings, with shapes and units
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "inherited-members": True}
python_maximum_signature_line_length = 80
default_role = "code"

# Of methods, those with an example are for users (tests/test_house.py), and conversions, whose
# examples would need the packages that they convert to.
CONVERSIONS = re.compile(r"(to|from)_[a-z]+$")


def lay_out(app, what, name, value, options, lines):
    """Turn a docstring's headings and lines of "name : meaning" into reStructuredText."""
    text = "\n".join(lines)
    text = re.sub(r"^(\w+)\n-{4,}$", r"**\1**\n", text, flags=re.MULTILINE)
    entry = r"^( *)(\*{0,2}[a-z_]\w*(?:, \*{0,2}\w+)*) : (.*(?:\n\1 +\S.*)*)"
    text = re.sub(entry, define, text, flags=re.MULTILINE)
    lines[:] = text.split("\n")


def define(entry):
    indent, names, meaning = entry.groups()
    meaning = " ".join(line.strip() for line in meaning.split("\n"))
    return f"{indent}``{names}``\n{indent}    {meaning}\n"


def skip(app, what, name, value, is_skipped, options):
    """Leave out what classes have for each other, and fields that the signature shows."""
    if what != "class" or is_skipped:
        return is_skipped
    value = getattr(value, "fget", value)
    return ">>>" not in (inspect.getdoc(value) or "") and not CONVERSIONS.match(name)


class Command(Directive):
    """Shows the help of a command: `.. command:: w2v train`."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self):
        name, *arguments = self.arguments[0].split()
        scripts = importlib.metadata.entry_points(group="console_scripts", name=name)
        main, text = next(iter(scripts)).load(), io.StringIO()
        if name == "w2v":
            arguments.append("--help")
        with contextlib.redirect_stdout(text), contextlib.suppress(SystemExit):
            main(arguments)
        shown = nodes.literal_block(text.getvalue(), text.getvalue().strip(), language="text")
        title = nodes.title(text=self.arguments[0])
        return [nodes.section("", title, shown, ids=[nodes.make_id(self.arguments[0])])]


def setup(app):
    os.environ["COLUMNS"] = "80"  # of the help of commands
    app.add_directive("command", Command)
    app.connect("autodoc-process-docstring", lay_out)
    app.connect("autodoc-skip-member", skip)
