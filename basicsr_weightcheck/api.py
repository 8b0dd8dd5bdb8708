"""The functions of `import basicsr_weightcheck as wc`, and what they return.

Files are paths or strings. Where a function takes one, a list of them gives a `Results`: a list
whose members are what one of them gives. Languages are 'en' or 'zh'; None is that of the terminal.
"""

from __future__ import annotations

import json
import os
from typing import (
    Any,
    Callable,
    Dict,
    Generic,
    Iterable,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
    TypeVar,
    Union,
    overload,
)

from basicsr_weightcheck.errors import UsageError, WeightCheckError
from basicsr_weightcheck.messages.lookup import clean, error_line, language, needs
from basicsr_weightcheck.records.comparisons import Comparison, Inspection, ValueDifference
from basicsr_weightcheck.records.findings import PARAMS, ConvertReport, Recipe
from basicsr_weightcheck.records.reports import CheckReport, Verdict
from basicsr_weightcheck.records.scans import Scan, ScanRow
from basicsr_weightcheck.records.sources import ModuleLoad, NetworkSources
from basicsr_weightcheck.records.tensors import TORCH_ZIP
from basicsr_weightcheck.report.check.outline import render_text
from basicsr_weightcheck.report.check.page import check_page
from basicsr_weightcheck.report.check.to_json import check_document
from basicsr_weightcheck.report.check.view import check_view
from basicsr_weightcheck.report.compare_json import comparison_document
from basicsr_weightcheck.report.compare_page import compare_page, compare_view
from basicsr_weightcheck.report.convert_page import conversion_document, convert_page, convert_view
from basicsr_weightcheck.report.html.render import render_heads, rendered
from basicsr_weightcheck.report.inspect_page import inspect_page, inspect_view, inspection_document
from basicsr_weightcheck.report.json_text import dumped, picked
from basicsr_weightcheck.report.module_load import load_document, load_page, load_rows, load_view
from basicsr_weightcheck.report.page import Page, PageView
from basicsr_weightcheck.report.page_to_text import render_page
from basicsr_weightcheck.report.scan_page import scan_document, scan_page, scan_view

File = Union[str, 'os.PathLike[str]']
Files = Union[File, Iterable[File]]
Row = Dict[str, Any]


Record = TypeVar('Record')


class _Face(NamedTuple):
    """How a record is shown: as JSON, as a page of text, as an HTML page."""

    json: Callable[[Any], Row]
    page: Callable[[Any, str], Page]
    view: Callable[[Any, str], PageView]


class Result(Generic[Record]):
    """What one call has found.

    `print(result)` gives the whole report, `result` alone its head; in a notebook the head of its
    page.

    Attributes:
        record: everything, as the commands have it.
    """

    _face: _Face

    def __init__(self, record: Record) -> None:
        self.record = record

    def to_dict(self) -> Dict[str, Any]:
        """The object of `--format json`, as its schema in docs/schemas describes it."""
        document: Dict[str, Any] = json.loads(dumped(self._face.json(self.record)))
        return document

    def to_frame(self) -> Any:
        """A pandas.DataFrame with a row for each tensor (of a scan: for each file).

        Raises:
            UsageError: pandas is missing (extra `frame`).
        """
        return _frame(self.rows())

    def rows(self) -> List[Row]:
        """The rows of `to_frame`, as plain data."""
        raise NotImplementedError

    def to_text(self, lang: Optional[str] = None) -> str:
        """The whole report without colours: what `print` shows."""
        return render_page(self._face.page(self.record, language(lang)))

    def to_html(self, lang: Optional[str] = None) -> str:
        """The whole report as one page that needs nothing else.

        Raises:
            UsageError: jinja2 or squarify is missing (extra `html`).
        """
        return rendered(self._face.view, self.record, language(lang))

    def head(self, lang: Optional[str] = None) -> PageView:
        """The top of the page as plain data: `verdict`, `todo`, `style` and `top` among it."""
        return self._face.view(self.record, language(lang))._replace(body=())

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        head = self.head()
        lines = [f'{head.subject}: {head.verdict}']
        lines += [f'  {name}: {value}' for name, value in head.top]
        return clean('\n'.join(lines))

    def _repr_html_(self) -> Optional[str]:
        """The head of the page for a notebook; None, which shows the text, without jinja2."""
        try:
            return render_heads([self.head()], (), language(None))
        except UsageError:
            return None


R = TypeVar('R', bound=Result[Any])


class Results(Sequence[R], Generic[R]):
    """The results of several files, in the order in which they were given.

    Attributes:
        failed: (file, error) of those that nothing could be said of.
    """

    def __init__(
        self, results: Sequence[R], failed: Sequence[Tuple[str, WeightCheckError]]
    ) -> None:
        self._results = tuple(results)
        self.failed = tuple(failed)

    @overload
    def __getitem__(self, at: int) -> R: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[R]: ...
    def __getitem__(self, at: Union[int, slice]) -> Union[R, Sequence[R]]:
        return self._results[at]

    def __len__(self) -> int:
        return len(self._results)

    def to_dict(self) -> List[Dict[str, Any]]:
        """A list of what each gives."""
        return [one.to_dict() for one in self]

    def to_frame(self) -> Any:
        """One pandas.DataFrame; its first column, `of`, is what each was made of.

        Raises:
            UsageError: pandas is missing (extra `frame`).
        """
        return _frame([{'of': one.head('en').subject, **row} for one in self for row in one.rows()])

    def __repr__(self) -> str:
        lines = [repr(one) for one in self]
        lines += self._reasons(language(None))
        return clean('\n'.join(lines)) or '[]'

    def _repr_html_(self) -> Optional[str]:
        lang = language(None)
        try:
            return render_heads([one.head(lang) for one in self], self._reasons(lang), lang)
        except UsageError:
            return None

    def _reasons(self, lang: str) -> List[str]:
        """A line for each file that failed."""
        lines = [(path, error_line(error, lang)) for path, error in self.failed]
        return [line if path in line else f'{path}: {line}' for path, line in lines]


class CheckResult(Result[CheckReport]):
    """What a training starts on."""

    _face = _Face(check_document, check_page, check_view)

    @property
    def verdict(self) -> Verdict:
        """One word, the worst over all loads."""
        return self.record.verdict

    @property
    def networks(self) -> Tuple[NetworkSources, ...]:
        """Where the tensors of every network come from; () where the framework was not run."""
        return self.record.sources

    def rows(self) -> List[Row]:
        """A row for each tensor of each network: where its values come from."""
        return [
            {
                'network': sources.network,
                'key': one.key,
                'state': one.kind,
                'elements_loaded': one.elements,
                'file': ', '.join(dict.fromkeys(origin.path for origin in one.origins)),
                'table': ', '.join(dict.fromkeys(origin.table for origin in one.origins)),
                'from_key': ', '.join(origin.key for origin in one.origins),
            }
            for sources in self.networks
            for one in sources.tensors
        ]

    def to_text(self, lang: Optional[str] = None) -> str:
        return render_text(self.record, language(lang))


class CompareResult(Result[Comparison]):
    """What differs between two files."""

    _face = _Face(comparison_document, compare_page, compare_view)

    @property
    def same_structure(self) -> bool:
        """Same names and shapes; dtypes do not count."""
        return self.record.same_structure

    @property
    def same_values(self) -> Optional[bool]:
        """Same structure and every tensor identical; None where values were not compared."""
        return self.record.same_values

    def rows(self) -> List[Row]:
        """A row for each name of either file; numbers as in `records.comparisons`."""
        record, shapes = self.record, dict(self.record.shapes)
        values = {value.key: value for value in record.values or ()}
        rows = [_pair(key, 'matched', shapes[key], shapes[key], values) for key in record.matched]
        rows += [_pair(one.key, 'mismatched', one.expected, one.found) for one in record.mismatched]
        rows += [_pair(key, 'only-one', shapes[key], None) for key in record.only_one]
        for group in record.only_other_groups:
            rows += [_pair(key, 'only-other', None, group.found) for key in group.keys]
        return rows


class InspectResult(Result[Inspection]):
    """What is in one file."""

    _face = _Face(inspection_document, inspect_page, inspect_view)

    @property
    def network_type(self) -> Optional[str]:
        """`type:` of the nearest known network; None where none is near."""
        return self.record.identity.network_type if self.record.identity is not None else None

    def rows(self) -> List[Row]:
        """A row for each tensor, in file order."""
        return [
            {'key': one.key, 'shape': one.shape, 'dtype': one.dtype, 'elements': one.count}
            for one in self.record.tensors
        ]


class ScanResult(Result[Scan]):
    """Files ranked by what a network would load of each."""

    _face = _Face(scan_document, scan_page, scan_view)

    @property
    def best(self) -> Optional[ScanRow]:
        """The first file of the ranking; None where it loads nothing either."""
        first = self.record.rows[0] if self.record.rows else None
        return first if first is not None and first.tensors_loaded else None

    def rows(self) -> List[Row]:
        """A row for each file, best first."""
        rows: List[Row] = self.to_dict()['files']
        return rows


class ConvertResult(Result[ConvertReport]):
    """What a conversion did, or would do."""

    _face = _Face(conversion_document, convert_page, convert_view)

    @property
    def written(self) -> bool:
        """The file was written, and read back."""
        return self.record.written is not None

    def rows(self) -> List[Row]:
        """A row for each name of the file that is not kept as it is: its new one, or why none."""
        changes = self.record.changes
        rows = [{'found': found, 'key': key, 'why': ''} for found, key in changes.renamed]
        return rows + [{'found': found, 'key': '', 'why': why} for found, why in changes.dropped]


class LoadResult(Result[ModuleLoad]):
    """What `module.load_state_dict(table, strict=...)` does."""

    _face = _Face(load_document, load_page, load_view)

    @property
    def loads(self) -> Optional[bool]:
        """True it returns, False it raises, None it depends on values that were not read."""
        return self.record.loads

    @property
    def is_complete(self) -> bool:
        """It returns, and every tensor of the module's state dict comes from the table."""
        return self.record.is_complete

    @property
    def missing(self) -> Tuple[str, ...]:
        """torch's own `missing_keys`, in its order."""
        return self.record.missing

    @property
    def unexpected(self) -> Tuple[str, ...]:
        """torch's own `unexpected_keys`, in its order."""
        return self.record.unexpected

    @property
    def mismatched(self) -> Tuple[str, ...]:
        """Keys of both sides with other shapes; with one of them the call raises."""
        return tuple(one.key for one in self.record.mismatched)

    @property
    def loaded(self) -> Tuple[str, ...]:
        """Keys whose values come from the table; also where the call raises, torch copies them."""
        return self.record.network.loaded

    def rows(self) -> List[Row]:
        """A row for each key of either side."""
        return load_rows(self.record)


@overload
def check(options: File, **how: Any) -> CheckResult: ...
@overload
def check(options: Iterable[File], **how: Any) -> Results[CheckResult]: ...
def check(options: Files, **how: Any) -> Union[CheckResult, Results[CheckResult]]:
    """What a training of this YAML will start on, and what to change.

    Args:
        options: training YAML, or several.
        how: as `basicsr_weightcheck.workflow.checking.check.check` takes it: `imports`,
            `overrides`, `auto_resume`, `values`, `repair_imports`, `rehearse`, `timeout_s`.

    Raises:
        OptionError: the YAML cannot be read or is ambiguous.
        CheckpointError: a weight file is missing or may not be read.
        NetworkBuildError: the network cannot be built as the YAML describes it.
        (Of several files these are in `failed`.)
    """
    from basicsr_weightcheck.workflow.checking.check import check as run

    if isinstance(options, (str, os.PathLike)):
        return CheckResult(run(os.fspath(options), **how))
    from basicsr_weightcheck.workflow.checking.check_many import check_many

    done = list(check_many(_paths(options), lambda path, warm: run(path, warm=warm, **how)))
    return Results(
        [CheckResult(one.report) for one in done if one.report is not None],
        [(one.path, one.error) for one in done if one.error is not None],
    )


@overload  # a text is also an Iterable of texts: the first that fits counts
def compare(  # type: ignore[overload-overlap]
    one: File,
    other: File,
    *,
    tables: Tuple[Optional[str], Optional[str]] = ...,
    values: bool = ...,
    tolerance: float = ...,
    exact: bool = ...,
) -> CompareResult: ...
@overload
def compare(
    one: File,
    other: Iterable[File],
    *,
    tables: Tuple[Optional[str], Optional[str]] = ...,
    values: bool = ...,
    tolerance: float = ...,
    exact: bool = ...,
) -> Results[CompareResult]: ...
def compare(
    one: File,
    other: Files,
    *,
    tables: Tuple[Optional[str], Optional[str]] = (None, None),
    values: bool = True,
    tolerance: float = 1e-6,
    exact: bool = False,
) -> Union[CompareResult, Results[CompareResult]]:
    """What differs between a weight file and another, or each of several others.

    Args:
        one: weight file, in any container.
        other: the file to hold against it, or several.
        tables: names of the tables to compare, 'root' for a file's root; None chooses.
        values: compare the tensors too.
        tolerance: a largest difference |a - b| below it is 'tiny'.
        exact: read the bytes also where checksums say that they are equal.

    Raises:
        CheckpointError: a file cannot be read or is cut.
        UsageError: there is no such table; numpy is needed and missing.
        (Of several files these are in `failed`.)
    """
    from basicsr_weightcheck.workflow.compare import compare as run

    base = os.fspath(one)

    def against(path: str) -> CompareResult:
        found = run(base, path, None, tables, values=values, tolerance=tolerance, exact=exact)
        return CompareResult(found)

    return _each(against, other)


@overload
def inspect(  # type: ignore[overload-overlap]
    file: File, *, table: Optional[str] = ..., values: bool = ..., spandrel: bool = ...
) -> InspectResult: ...
@overload
def inspect(
    file: Iterable[File], *, table: Optional[str] = ..., values: bool = ..., spandrel: bool = ...
) -> Results[InspectResult]: ...
def inspect(
    file: Files, *, table: Optional[str] = None, values: bool = False, spandrel: bool = False
) -> Union[InspectResult, Results[InspectResult]]:
    """Which network a weight file is of, and whether it is sound; of several files each.

    Args:
        file: weight file, in any container, or several.
        table: name of the table to look at, 'root' for the file's root; None chooses.
        values: read every value: NaN, Inf, zeros, checksums.
        spandrel: ask spandrel for the name of the network too.

    Raises:
        CheckpointError: the file cannot be read, or is cut and its values were asked for.
        UsageError: there is no such table, or a package that is needed is missing.
        (Of several files these are in `failed`.)
    """
    from basicsr_weightcheck.workflow.inspect import inspect as run

    def of(path: str) -> InspectResult:
        return InspectResult(run(path, table, values=values, spandrel=spandrel))

    return _each(of, file)


def scan(
    options: File,
    files: Files,
    *,
    section: str = 'network_g',
    imports: Sequence[str] = (),
    timeout_s: float = 180.0,
) -> ScanResult:
    """Files, best first, by the share of the parameters of a YAML's network that each would load.

    Args:
        options: training YAML.
        files: paths, folders and patterns ('**' goes through folders).
        section: the network of the option file.
        imports: modules to import before it is built.
        timeout_s: seconds for building it.

    Raises:
        OptionError, NetworkBuildError: as `check`.
        UsageError: no file was found, or the YAML has no such section.
    """
    from basicsr_weightcheck.workflow.scan import scan as run

    return ScanResult(run(os.fspath(options), _paths(files), section, tuple(imports), timeout_s))


def convert(
    source: File,
    target: Optional[File] = None,
    *,
    take: Union[str, Sequence[str]] = (),
    drop: Union[str, Sequence[str]] = (),
    drop_profiler: bool = False,
    strip_prefix: Union[str, Sequence[str]] = (),
    rules: Union[str, Sequence[str]] = (),
    add_prefix: str = '',
    keep_others: bool = False,
    dtype: str = '',
    wrap: Union[str, Sequence[str]] = PARAMS,
    container: str = TORCH_ZIP,
    force: bool = False,
) -> ConvertResult:
    """Write a weight file that loads; the source is never changed.

    Without `take` to `add_prefix` it does what the file alone makes obvious: its one table, a
    wrapper that all names share, profiler buffers. With one of them it does exactly these.

    Args:
        source: weight file, in any container.
        target: file to write; None only tells what would be done.
        take: table to convert, 'root' for the root; several keep their names.
        drop: patterns of names that are left out ('*.attn_mask').
        drop_profiler: leave out the counters that thop adds.
        strip_prefix: prefixes to take off; names without them are left out.
        rules: names of shipped rule files ('mdta-to-hta'), or paths of own ones.
        add_prefix: put before every name.
        keep_others: names without the prefix to strip, or with the one to add, stay as they are.
        dtype: of all floating-point tensors: 'float32', 'float16', 'bfloat16'; '' leaves them.
        wrap: name under which the table is written, or several; () writes the tensors at the root.
        container: 'torch-zip', 'torch-legacy' or 'safetensors'.
        force: replace an existing target.

    Raises:
        CheckpointError: the source cannot be read.
        UsageError: what is asked for does not fit the file, or the target must not be written.
        ReportError: the target cannot be written.
    """
    from basicsr_weightcheck.workflow.convert import convert as run

    recipe = Recipe(
        take=_texts(take),
        drop=_texts(drop),
        drop_profiler=drop_profiler,
        strip=_texts(strip_prefix),
        rules=_texts(rules),
        add=add_prefix,
        keep_others=keep_others,
    )
    output = Recipe(dtype=dtype, wrap=_texts(wrap), container=container)
    path = os.fspath(target) if target is not None else ''
    return ConvertResult(
        run(os.fspath(source), path, recipe, output, force=force, write=target is not None)
    )


def will_load(
    module: Any,
    weights: Any,
    *,
    strict: bool = True,
    table: Optional[str] = None,
    assign: bool = False,
) -> LoadResult:
    """What `module.load_state_dict` would do; module and weights stay as they are.

    The module's own code is run, on a copy of it without values.

    Args:
        module: torch.nn.Module of any kind.
        weights: path of a weight file, of which the header alone is read, or a state dict.
        strict: of `load_state_dict`.
        table: dotted name of the table to load ('params', 'state_dict'), 'root' for the root; None
            takes the one of which most tensors fit by name and shape.
        assign: of `load_state_dict` (torch 2.1 and newer).

    Raises:
        CheckpointError: the file cannot be read, is cut or holds no table of tensors.
        UsageError: there is no such table.
        NotLookedAt: the module cannot be copied.
    """
    from basicsr_weightcheck.workflow.module_load import will_load as run

    return LoadResult(run(module, weights, strict=strict, table=table, assign=assign))


def _each(run: Callable[[str], R], files: Files) -> Union[R, Results[R]]:
    """The result of one file, or those of several and the errors of the others."""
    if isinstance(files, (str, os.PathLike)):
        return run(os.fspath(files))
    results: List[R] = []
    failed: List[Tuple[str, WeightCheckError]] = []
    for path in _paths(files):
        try:
            results.append(run(path))
        except WeightCheckError as error:
            failed.append((path, error))
    return Results(results, failed)


def _paths(files: Files) -> List[str]:
    if isinstance(files, (str, os.PathLike)):
        return [os.fspath(files)]
    return [os.fspath(path) for path in files]


def _texts(given: Union[str, Sequence[str]]) -> Tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _pair(
    key: str, state: str, one: Any, other: Any, values: Mapping[str, ValueDifference] = {}
) -> Row:
    """A row of a comparison; of a tensor whose values were compared with what they say."""
    row = {'key': key, 'state': state, 'one': one, 'other': other}
    if key in values:
        numbers = ('max_abs', 'mean_abs', 'relative', 'relative_l2', 'cosine')
        row.update(picked(values[key], 'state', *numbers))
    return row


def _frame(rows: Sequence[Row]) -> Any:
    with needs('pandas', 'pandas'):
        import pandas
    return pandas.DataFrame(rows)
