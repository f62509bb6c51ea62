import ast
import hashlib
import re
import subprocess
from pathlib import Path

from odoo.tests import BaseCase, TransactionCase, tagged
from odoo.tools import file_path

ROOT = Path(file_path('dealer_management/__manifest__.py')).resolve().parent
ENGLISH, CHINESE = ROOT / 'README.md', ROOT / 'README.zh-CN.md'
CHAPTERS = sorted((ROOT / 'doc').glob('*.md'))

MARK = re.compile(r'<!-- README\.md: ([0-9a-f]{12}) -->\n?')
PATH = re.compile(r'\*([^*\n]+ ▸ [^*\n]+)\*')
# What stands on every list of Odoo's, and needs no proof of ours.
ODOO_STEPS = {'New', '⚙', 'Import records'}


def cut_sections(text):
    """The texts between the headings of the second level, each with its heading."""
    return re.split(r'^(?=## )', text, flags=re.MULTILINE)


def find_skeleton(section):
    """What a translation has in common with its source: code, links, pictures, rows of tables."""
    return {
        'commands': re.findall(r'^    (\./dev [^#\n]*?) *(?:#.*)?$', section, re.MULTILINE),
        'code': sorted(re.findall(r'`([^`\n]+)`', section)),
        'links': re.findall(r'\]\(([^)]+)\)', section),
        'rows': [line.count('|') for line in section.splitlines() if line.startswith('|')],
        'headings': re.findall(r'^#+(?= )', section, re.MULTILINE),
    }


def seal(english, chinese):
    """Twelve digits that change with either text."""
    return hashlib.sha256(f'{english.strip()}\n\n{chinese.strip()}'.encode()).hexdigest()[:12]


@tagged('post_install', '-at_install')
class TestReadme(BaseCase):
    """The README in Chinese says what the English one says, and both name what there is."""

    def test_chinese_moves_with_english(self):
        english, chinese = (cut_sections(path.read_text()) for path in (ENGLISH, CHINESE))
        self.assertEqual(len(english), len(chinese), 'As many chapters in both.')
        for source, translated in zip(english, chinese, strict=True):
            heading = source.splitlines()[0]
            with self.subTest(heading):
                text = MARK.sub('', translated)
                # Each names the one in the other language.
                expected = find_skeleton(source.replace('(README.zh-CN.md)', '(README.md)'))
                for what, found in find_skeleton(text).items():
                    self.assertEqual(found, expected[what], f'{what} below "{heading}"')
                self.assertEqual(
                    MARK.findall(translated),
                    [seal(source, text)],
                    f'"{heading}" was changed in one language: bring the other in line, then write down '
                    f'<!-- README.md: {seal(source, text)} --> at its end.',
                )

    def test_seal_notices_a_change(self):
        self.assertNotEqual(seal('a', 'b'), seal('a', 'c'))
        self.assertNotEqual(seal('a', 'b'), seal('c', 'b'))
        self.assertEqual(seal('a\n', '\nb'), seal('a', 'b'))

    def test_figures_are_the_same(self):
        """Each row of the table of promises has its figures in both, whatever the words around them."""

        def find_figures(path):
            rows = [line for line in path.read_text().splitlines() if line.startswith('|')]
            return [sorted(re.findall(r'\d+(?:[.,]\d+)*', row)) for row in rows]

        self.assertEqual(find_figures(ENGLISH), find_figures(CHINESE))

    def test_named_files_exist(self):
        named = {
            *re.findall(r'`((?:tests|tools|doc|bench|static|models|views|security)/[\w./]*)`', ENGLISH.read_text()),
            *re.findall(r'\]\(((?!http)[^)#]+)\)', ENGLISH.read_text()),
        }
        self.assertGreater(len(named), 40)
        self.assertEqual([name for name in sorted(named) if not (ROOT / name).exists()], [])

    def test_named_verbs_exist(self):
        usage = subprocess.run([ROOT / 'dev', 'help'], capture_output=True, text=True, check=True).stdout
        verbs = set(re.findall(r'^\./dev ([\w-]+)', usage, re.MULTILINE))
        benches = {path.stem.removeprefix('bench_') for path in (ROOT / 'bench').glob('bench_*.py')}
        for path in (ENGLISH, *CHAPTERS):
            for verb, argument in re.findall(r'\./dev ([\w-]+)(?: (\w+))?', path.read_text()):
                with self.subTest(path=path.name, verb=verb):
                    self.assertIn(verb, verbs)
                    if verb == 'bench' and argument:
                        self.assertIn(argument, benches)


@tagged('post_install', '-at_install')
class TestChapters(TransactionCase):
    """What the chapters point at is there: pictures from the running product, menus, settings, actions."""

    def test_pictures_come_from_the_product_and_are_shown(self):
        tree = ast.parse((ROOT / 'doc' / 'pictures.py').read_text())
        [listed] = [
            [picture.elts[0].value for picture in node.value.elts]
            for node in tree.body
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == 'PICTURES'
        ]
        self.assertEqual(len(listed), len(set(listed)))
        taken = {path.stem for path in (ROOT / 'doc' / 'pictures').iterdir()}
        self.assertEqual(taken, set(listed), 'Every picture is taken by ./dev pictures, and none is left over.')
        shown = {
            Path(link).stem
            for path in (ENGLISH, *CHAPTERS)
            for link in re.findall(r'!\[[^\]]+\]\(([^)]+)\)', path.read_text())
        }
        self.assertEqual(shown, taken, 'Every picture is shown, and every one that is shown exists.')

    def find_steps(self):
        """``(menus, others)``: the paths of all menus, and the names of settings, actions and portal pages."""
        menus = [menu.complete_name.split('/') for menu in self.env['ir.ui.menu'].with_context(lang='en_US').search([])]
        others = {
            *self.env['ir.actions.act_window'].search([('binding_model_id', '!=', False)]).mapped('name'),
            *self.env['ir.actions.server'].search([('binding_model_id', '!=', False)]).mapped('name'),
            *self.env['ir.actions.report'].search([]).mapped('name'),
        }
        for view in self.env['ir.ui.view'].search(
            [('model_data_id.module', '=', 'dealer_management'), '|', ('model', '=', False), ('type', '=', 'form')]
        ):
            others.update(re.findall(r'(?:title|string)="([^"]+)"', view.arch_db))
            others.update(text.strip() for text in re.findall(r'>([^<>]+)<', view.arch_db))
        return menus, others

    def test_ways_exist(self):
        """*Menu ▸ Menu* leads somewhere: each step is below the one before it, or a known setting or action."""
        menus, others = self.find_steps()
        ways = [(path.name, way) for path in CHAPTERS for way in PATH.findall(path.read_text())]
        self.assertGreater(len(ways), 30)
        for chapter, way in ways:
            with self.subTest(chapter=chapter, way=way):
                steps = [step.strip() for step in way.split('▸')]
                steps = [step for step in steps if step not in ODOO_STEPS]
                if any(self.is_below(steps, menu) for menu in menus):
                    continue
                strange = [step for step in steps if step not in others and not any(step in menu for menu in menus)]
                self.assertEqual(strange, [], 'There is no such menu, setting or action.')

    @staticmethod
    def is_below(steps, menu):
        """Whether ``menu`` holds the steps one below the other, in this order."""
        rest = iter(menu)
        return all(step in rest for step in steps)
