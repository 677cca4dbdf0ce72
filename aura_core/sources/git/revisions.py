"""Resolves a revision to a commit: shas, abbreviations, branches, tags, remote-tracking names, then ``~`` and ``^``.

See gitrevisions(7); other forms are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pygit2

from aura_core.errors import AmbiguousRevision, AuraError, UnknownRevision
from aura_core.sources.git.loose_objects import look_up, loose_objects
from aura_core.sources.git.unreadable import READ_ERRORS, UnreadableObject, error_of

MAX_LENGTH = 1_000
MAX_CANDIDATES = 20
"""An error names this many commits that an abbreviated sha may mean."""
_FORM = re.compile(r"(?P<name>[^\x00-\x20~^:?*\[\\\x7f]+)(?P<steps>(?:[~^]\d{0,6})*)")
_HEX = re.compile(r"[0-9a-fA-F]{4,40}")
# in order of precedence: a branch wins over a tag, both over a remote-tracking name
_REF_FORMS = ("refs/heads/{}", "refs/tags/{}", "refs/remotes/{}", "refs/remotes/{}/HEAD", "{}", "refs/{}")
_SHALLOW_REMEDY = "This clone is shallow: fetch more with `git fetch --unshallow`, or name a newer commit."


def resolve(repository: pygit2.Repository, revision: str) -> str:
    """Return the full sha of the commit that ``revision`` names.

    A branch wins over a tag, both win over an abbreviated sha of the same letters.
    Raises ``UnknownRevision``, ``SourceGone`` for a commit that git names and cannot read and, with
    ``details['candidates']``, ``AmbiguousRevision``.
    """
    form = _FORM.fullmatch(revision) if len(revision) <= MAX_LENGTH else None
    if form is None or form["name"].startswith("-"):
        raise unknown(repository, revision)
    # A name may look like hex digits too: _find_commit tries refs before abbreviations.
    commit = _find_commit(repository, form["name"])
    if commit is None:
        raise unknown(repository, revision)
    for step, count in re.findall(r"([~^])(\d*)", form["steps"]):
        commit = _step(repository, revision, commit, step, int(count or 1))
    return str(commit.id)


def unknown(repository: pygit2.Repository, revision: str) -> UnknownRevision:
    """Return the error for a revision that names no commit here."""
    remedy = (
        _SHALLOW_REMEDY
        if repository.is_shallow
        else "Use a full or abbreviated sha, a branch, a tag, or a name like origin/main."
    )
    return UnknownRevision(f"There is no commit, branch or tag {revision[:100]!r}.", remedy=remedy)


def _find_commit(repository: pygit2.Repository, name: str) -> pygit2.Commit | None:
    """Return the commit of a name without steps."""
    if len(name) == 40 and _HEX.fullmatch(name):
        return _commit(repository, name.lower())
    for ref_form in _REF_FORMS:
        target = _target(repository, ref_form.format(name))
        if target is not None:
            return _commit_of_ref(repository, ref_form.format(name), target)
    return _abbreviated(repository, name.lower()) if _HEX.fullmatch(name) else None


def _target(repository: pygit2.Repository, ref: str) -> str | None:
    """Return the object id that a ref points to; only real refs and names like HEAD and FETCH_HEAD are looked up."""
    if not (ref == "HEAD" or ref.startswith("refs/") or ref.isupper()):
        return None
    try:
        return str(repository.lookup_reference(ref).resolve().target)
    except (KeyError, ValueError, pygit2.GitError):
        return None


def _commit(repository: pygit2.Repository, oid: str) -> pygit2.Commit | None:
    """Return the commit of an id, through any number of annotated tags; None when it is missing or something else."""
    try:
        target_object = look_up(repository, oid)
        while isinstance(target_object, pygit2.Tag):
            target_object = look_up(repository, str(target_object.target))
    except READ_ERRORS:
        return None
    return target_object if isinstance(target_object, pygit2.Commit) else None


def _commit_of_ref(repository: pygit2.Repository, ref: str, target: str) -> pygit2.Commit | None:
    """Return the commit that a ref points to. Raises ``SourceGone`` when that object cannot be read."""
    try:
        look_up(repository, target)
    except READ_ERRORS as error:
        raise _unreadable(repository, target, error, f"What {ref} points to") from error
    return _commit(repository, target)


def _unreadable(repository: pygit2.Repository, oid: str, cause: BaseException, owner: str) -> AuraError:
    path = (repository.workdir or repository.path).rstrip("/")
    return error_of(repository, path, UnreadableObject(repository, "object", oid, cause), owner)


def _abbreviated(repository: pygit2.Repository, prefix: str) -> pygit2.Commit | None:
    """Return the commit of an abbreviated sha. Raises ``AmbiguousRevision``."""
    try:
        loose_objects(repository).check_prefix(prefix)
        return _commit(repository, str(repository[prefix].id))
    except KeyError:
        return None
    except (ValueError, pygit2.GitError):
        commits = {str(commit.id): commit for commit in _commits_with_prefix(repository, prefix)}
    if len(commits) > 1:
        candidates = sorted(commits)[:MAX_CANDIDATES]
        raise AmbiguousRevision(
            f"{prefix!r} is the beginning of several commits.", remedy="Give more digits.", candidates=candidates
        )
    return next(iter(commits.values()), None)


def _commits_with_prefix(repository: pygit2.Repository, prefix: str) -> Iterator[pygit2.Commit]:
    """Yield the commits whose id begins with ``prefix``; other objects that share it do not make it ambiguous."""
    for oid in repository:
        if str(oid).startswith(prefix):
            commit = _commit(repository, str(oid))
            if commit is not None:
                yield commit


def _step(repository: pygit2.Repository, revision: str, commit: pygit2.Commit, step: str, count: int) -> pygit2.Commit:
    """Return the commit one step further: ``~n`` is n first parents up, ``^n`` is the n-th parent."""
    loose = loose_objects(repository)
    numbers = [0] * count if step == "~" else [count - 1] if count else []
    for number in numbers:
        parents = commit.parent_ids
        if number >= len(parents):
            raise unknown(repository, revision)
        try:
            commit = look_up(repository, str(parents[number]), loose).peel(pygit2.Commit)
        except READ_ERRORS as error:
            if repository.is_shallow:
                raise unknown(repository, revision) from error
            raise _unreadable(repository, str(parents[number]), error, f"A parent of {commit.id}") from error
    return commit
