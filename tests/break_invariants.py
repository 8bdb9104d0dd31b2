"""Break each invariant of the architecture on purpose, in a copy, and see that its test goes red.

`make invariants`. A line that still passes names an invariant that nothing guards any more.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "plugins/msp_reports"


@dataclass(frozen=True, slots=True)
class Break:
    invariant: str
    file: str
    was: str
    becomes: str
    tests: str
    """Where the alarm must sound."""


BREAKS = (
    Break("1 a rejection stops the report", f"{PACKAGE}/operators/review.py",
          "if not answer.approved:", "if False:", "tests/operators"),
    Break("1 a rejection on record is not released", f"{PACKAGE}/steps/release.py",
          "if not current.approved:", "if False:", "tests/steps/test_release.py"),
    Break("1 an answer to another draft is not released", f"{PACKAGE}/steps/release.py",
          "if current.draft_sha256 != draft.sha256", "if False and current.draft_sha256 != draft.sha256",
          "tests/steps/test_release.py"),
    Break("1 an answer is about the draft that was shown", f"{PACKAGE}/steps/approve.py",
          "if shown != stored.sha256 or stored.state in SEALED:", "if stored.state in SEALED:",
          "tests/steps/test_release.py"),
    Break("1 what has gone out is not answered anew", f"{PACKAGE}/steps/approve.py",
          "if shown != stored.sha256 or stored.state in SEALED:", "if shown != stored.sha256:",
          "tests/steps/test_release.py"),
    Break("1 a lost answer is not released", f"{PACKAGE}/steps/release.py",
          "if current is None and answer is not None:", "if False:", "tests/steps/test_release.py"),
    Break("1 bytes without an approval are not sent", f"{PACKAGE}/store/reports.py",
          'if not rows or report.state not in', 'if False and report.state not in', "tests/steps tests/db"),
    Break("1 an approval is of the very bytes", f"{PACKAGE}/store/reports.py",
          "if sha256(pdf).hexdigest() != approval.sha256:", "if False:", "tests/db"),
    Break("2 what was sent is not sent again", f"{PACKAGE}/steps/deliver.py",
          "if entry.state is DeliveryState.SENT:", "if False:", "tests/steps/test_deliver.py"),
    Break("2 a send in doubt is looked up first", f"{PACKAGE}/steps/deliver.py",
          "if entry.state in {DeliveryState.SENDING, DeliveryState.UNKNOWN}:", "if False:",
          "tests/steps/test_deliver.py"),
    Break("2 a visible call that failed may have arrived", f"{PACKAGE}/delivery/exchange.py",
          "return DeliveryOutcomeUnknownError(message) if visible else DeliveryThrottledError(message)",
          "return DeliveryThrottledError(message)", "tests/unit/delivery"),
    Break("2 the roll-up is posted once", f"{PACKAGE}/steps/rollup.py",
          "if stored.state == DeliveryState.SENT:", "if False:", "tests/steps/test_rollup.py"),
    Break("3 a host of another customer is refused", f"{PACKAGE}/sources/zabbix.py",
          "if set(marks) != {scope.customer}:", "if False:", "tests/unit/sources"),
    Break("3 a device of another group is refused", f"{PACKAGE}/sources/librenms.py",
          'if row.get("group_id") != group.get("id"):', "if False:", "tests/unit/sources/test_librenms.py"),
    Break("3 a ticket of another company is refused", f"{PACKAGE}/sources/connectwise.py",
          "if not isinstance(identifier, str) or identifier.casefold() != company.casefold():", "if False:",
          "tests/unit/sources"),
    Break("3 a ticket of another client is refused", f"{PACKAGE}/sources/halo.py",
          'if str(row.get("client_id")) not in mine:', "if False:", "tests/unit/sources"),
    Break("3 a client by id alone and one by name alone share no connection", f"{PACKAGE}/sources/datto.py",
          "return any(not one.client and", "return False and any(not one.client and",
          "tests/unit/test_customer_files.py"),
    Break("3 an appliance of another client is refused", f"{PACKAGE}/sources/datto.py",
          "if not scope.owns(row):", "if False:", "tests/unit/sources"),
    Break("3 an incident of another tenant is refused", f"{PACKAGE}/sources/defender.py",
          "if tenant is not None and str(tenant).casefold() != mine:", "if False:", "tests/unit/sources"),
    Break("3 two customers with one identity are both left out", f"{PACKAGE}/customer_files.py",
          "if first != customer.code:", "if False:", "tests/unit/test_customer_files.py"),
    Break("3 what is unique in the world is so whatever the connection", f"{PACKAGE}/customer_files.py",
          "if identity.unique is Unique.ON_ITS_SERVER else None", "", "tests/unit/test_customer_files.py"),
    Break("3 ACME is not ACME-LABS", f"{PACKAGE}/hooks/zabbix_questions.py",
          "EQUALS = 1", "EQUALS = 0", "tests/demo/test_canary.py"),
    Break("3 a check shows no secret", f"{PACKAGE}/steps/trials.py",
          '_TOKEN.sub("***", self._redact(text))', "text", "tests/steps/test_check.py"),
    Break("4 what is so now is not told of a past week", f"{PACKAGE}/steps/standings.py",
          "return pull.fetched_at - week.end_utc <= NEAR", "return True", "tests/steps/test_standings.py"),
    Break("4 what changed on the Monday after is not told of the week", f"{PACKAGE}/steps/standings.py",
          "and not _is_nearer(kept, pull, week, spec)", "", "tests/steps/test_standings.py"),
    Break("4 the last day's score is not lost to the night before it came", f"{PACKAGE}/steps/standings.py",
          "not spec.standing_is_history and ", "", "tests/steps/test_standings.py"),
    Break("4 a standing of another day is not the week's", "include/sql/queries/load_nearest_standing.sql",
          "+ %(within)s::interval", "+ interval '90 days'", "tests/db/test_standings.py"),
    Break("4 a standing that has not seen the week's end gives way to one that has",
          "include/sql/queries/load_nearest_standing.sql", "taken_at < %(moment)s::timestamptz, ", "",
          "tests/steps/test_standings.py"),
    Break("4 a week's own standing is not lost to the night before its end", f"{PACKAGE}/store/standings.py",
          "astimezone(ZoneInfo(zone))", "astimezone(ZoneInfo('UTC'))", "tests/steps/test_standings.py"),
    Break("4 a list of runs from before the week's end is not the week's", f"{PACKAGE}/sources/datto.py",
          "known=whole and", "known=", "tests/demo/test_standings.py"),
    Break("4 a run and its day are of the moment it ended", f"{PACKAGE}/sources/veeam_runs.py",
          "ended_at=ended, good", "ended_at=tries[0][1].creation_time, good",
          "tests/unit/sources/test_backup_weeks.py"),
    Break("4 a part of the runs makes no day of the matrix", f"{PACKAGE}/domain/kpis/backup.py",
          "if not runs_known:", "if not outcomes and not runs_known:", "tests/unit/domain/test_backup.py"),
    Break("4 sessions of an unknown kind are not no runs", f"{PACKAGE}/sources/veeam_runs.py",
          "return self.is_listed and not self.unjudged_in_week", "return True",
          "tests/unit/sources/test_veeam.py"),
    Break("4 a point of a run that is not over meets no target", f"{PACKAGE}/sources/veeam_runs.py",
          "or not any(task.may_have_made(point) for task in bad)", "or True",
          "tests/unit/sources/test_veeam.py"),
    Break("4 a run that is not over is read", f"{PACKAGE}/hooks/veeam_server.py",
          '"taskSessions", createdAfterFilter', '"taskSessions", endedAfterFilter',
          "tests/hooks/test_veeam.py"),
    Break("4 rows of a repository that is not listed are said", f"{PACKAGE}/hooks/veeam_belongings.py",
          "    if nowhere:", "    if False:", "tests/hooks/test_veeam.py"),
    Break("4 another's test restores make no week incomplete", f"{PACKAGE}/hooks/veeam_belongings.py",
          'if row["repository"] or _is_test(row):', 'if row["repository"]:', "tests/hooks/test_veeam.py"),
    Break("3 an extent of two repositories is neither's", f"{PACKAGE}/hooks/veeam_places.py",
          "if len(found) == 1:", "if found:", "tests/hooks/test_veeam.py"),
    Break("3 an incident of another workspace is refused", f"{PACKAGE}/sources/sentinel.py",
          'if str(row.get("TenantId")).casefold() != mine:', "if False:", "tests/unit/sources"),
    Break("3 a listed incident of another workspace is refused", f"{PACKAGE}/sources/sentinel.py",
          'if not str(row.get("id")).casefold().startswith(mine):', "if False:", "tests/unit/sources"),
    Break("4 a week that the log has lost is not zero", f"{PACKAGE}/sources/sentinel.py",
          "if since > week.start_utc:", "if False:", "tests/unit/sources"),
    Break("4 not known is not zero", f"{PACKAGE}/rendering/format.py",
          'return NOT_KNOWN if number is None else f"{round(number):,}"', 'return f"{round(number or 0):,}"',
          "tests/unit/rendering/test_markdown.py"),
    Break("4 an unknown week ends no run", f"{PACKAGE}/domain/findings/persistence.py",
          "            gap = True\n", "            asked = frozenset()\n",
          "tests/unit/domain/test_persistence.py"),
    Break("4 a week of other systems does not count in a run", f"{PACKAGE}/domain/findings/judges.py",
          "weeks.comparable(back, source)", "weeks.back(back)", "tests/unit/domain/test_persistence.py"),
    Break("4 no monitored time is not 100 %", f"{PACKAGE}/domain/trends.py",
          "if whole > 0 else None", "if whole > 0 else 100.0",
          "tests/unit/domain"),
    Break("4 a device whose outages are gone is not 100 %", f"{PACKAGE}/sources/librenms.py",
          "if watched else life[0], life[1])", "if watched else life[1], life[1])",
          "tests/unit/sources/test_librenms.py"),
    Break("4 an event that cannot be read is not uptime", f"{PACKAGE}/sources/zabbix.py",
          "sampling=None if host.hostid in unclear else samplings", "sampling=samplings",
          "tests/unit/sources/test_zabbix.py"),
    Break("4 the list of devices is younger than their outages", f"{PACKAGE}/hooks/librenms_api.py",
          "if hidden := len(members) - len(mine):", "if hidden := 0:", "tests/hooks/test_librenms.py"),
    Break("4 a machine that two systems back up is counted once", f"{PACKAGE}/domain/merge.py",
          "in mine.items() if name in leading}", "in mine.items() if False}", "tests/unit/domain"),
    Break("4 an incident that was handed on is counted once", f"{PACKAGE}/domain/merge.py",
          "if origin is not None and origin in incidents:", "if False:", "tests/unit/domain/test_merge.py"),
    Break("4 a site that was hardly looked at is told by who looked", f"{PACKAGE}/domain/merge.py",
          "if of_site[s][0] >= _ENOUGH", "if of_site[s][1]", "tests/unit/domain/test_merge.py"),
    Break("4 a share of time is not compared with a share of requests",
          f"{PACKAGE}/domain/kpis/availability.py",
          "_of_all(sites) if _are_alike(facts, current) else None", "_of_all(sites)",
          "tests/unit/domain/test_availability.py"),
    Break("5 every number says its window", f"{PACKAGE}/domain/provenance.py",
          "window_start=s.window_start,", "window_start=s.window_end,", "tests/unit/domain"),
    Break("6 a backfill does not deliver", f"{PACKAGE}/steps/run.py",
          'conf.get("deliver", not is_backfill)', 'conf.get("deliver", True)', "tests/steps/test_run.py"),
    Break("6 weeks side by side wait for the week before", f"{PACKAGE}/steps/compare.py",
          "if unsettled_weeks(config.code, week, run):", "if False:", "tests/steps/test_side_by_side.py"),
    Break("7 the renderer fetches bundled fonts only", f"{PACKAGE}/rendering/bundled.py",
          "if file is None:", "if False:",
          "tests/unit/rendering/test_pdf.py"),
    Break("7 vendor text is no markup on the page", f"{PACKAGE}/rendering/templates.py",
          "autoescape=True,", "autoescape=False,",
          "tests/unit/rendering/test_messages.py tests/unit/rendering/test_pdf.py"),
    Break("7 vendor text is no markup in Markdown", f"{PACKAGE}/rendering/text.py",
          'return unlinked(_LEADING.sub(_leading, _MARKUP.sub(r"\\\\\\1", text)))', "return text",
          "tests/unit/rendering/test_text.py"),
    Break("7 vendor text is no mail header", f"{PACKAGE}/rendering/text.py",
          'return shorten(_SPACE.sub(" ", visible(text)).strip(), most)', "return text",
          "tests/unit/rendering/test_messages.py"),
    Break("7 vendor text on the page is visible", f"{PACKAGE}/rendering/templates.py",
          "finalize=lambda value: value if isinstance(value, Markup) else plain(str(value)),",
          "finalize=lambda value: value,", "tests/hostile/test_hostile_text.py"),
    Break("7 hostile text is no markup on the page", f"{PACKAGE}/rendering/templates.py",
          "select_autoescape(default=True, default_for_string=True)", "False",
          "tests/hostile/test_hostile_text.py"),
    Break("7 hostile text is no markup in Markdown", f"{PACKAGE}/rendering/templates.py",
          "else inert(str(value)),", "else str(value),", "tests/hostile/test_hostile_text.py"),
    Break("7 no bare address becomes a link", f"{PACKAGE}/rendering/text.py",
          "return _LINKISH.sub(_WORD_JOINER, text)", "return text", "tests/hostile/test_hostile_text.py"),
    Break("7 what is cut is marked", f"{PACKAGE}/rendering/text.py",
          ".rstrip()}{CUT}", ".rstrip()}", "tests/hostile/test_hostile_text.py"),
    Break("7 an encoded word is no mail header", f"{PACKAGE}/delivery/gmail.py",
          'return value.replace("=?", "=\\u2060?")', "return value", "tests/hostile/test_hostile_text.py"),
    Break("7 a comment links to http and https only", f"{PACKAGE}/rendering/comments.py",
          'return url.lower().startswith(("http://", "https://"))', "return True",
          "tests/hostile/test_hostile_comments.py"),
    Break("7 hostile text in a comment is no markup", f"{PACKAGE}/rendering/comments.py",
          "yield html_escape(token.content)", "yield token.content",
          "tests/hostile/test_hostile_comments.py"),
    Break("4 a number that a person writes is looked up", f"{PACKAGE}/domain/prose.py",
          "if not is_known:", "if False:", "tests/unit/domain/test_prose.py"),
    Break("4 an unknown number is stored with the review", f"{PACKAGE}/steps/approve.py",
          "_unknown(stored, answer) if answer.approved else ()", "()", "tests/steps/test_release.py"),
    Break("8 the same model gives the same bytes", f"{PACKAGE}/rendering/pdf.py",
          "pdf_identifier=_identifier(html, files, brand)",
          'pdf_identifier=__import__("os").urandom(16)', "tests/unit/rendering/test_pdf.py"),
    Break("8 an attachment bears the week's time, not the clock's", f"{PACKAGE}/rendering/pdf.py",
          "modified=moment", "modified=datetime.now(UTC)", "tests/unit/rendering/test_archival.py"),
    Break("8 no font of the machine is drawn with", f"{PACKAGE}/rendering/pdf.py",
          "Coverage(fetcher.fonts).drawable(html)", "html", "tests/unit/rendering/test_archival.py"),
    Break("5 a number of an earlier week is not traced to this one", f"{PACKAGE}/domain/trace.py",
          "return len(self._at(path[:-1])) - 1 - int(path[-1])", "return 0",
          "tests/unit/domain/test_trace.py"),
    Break("7 vendor text is no formula in a spreadsheet", f"{PACKAGE}/rendering/attachments.py",
          "if text.startswith(_STARTS_A_FORMULA)", "if False", "tests/unit/rendering/test_attachments.py"),
    Break("7 a refusal inside of a drawing stops the page", f"{PACKAGE}/rendering/pdf.py",
          "fetcher.see_that_nothing_was_refused()", "pass", "tests/unit/rendering/test_brand.py"),
    Break("7 a provider's template cannot reach Python", f"{PACKAGE}/rendering/templates.py",
          "return ImmutableSandboxedEnvironment(", "return Environment(",
          "tests/unit/rendering/test_brand.py"),
    Break("2 the PDF is archived after its text and numbers", f"{PACKAGE}/steps/deliver.py",
          "for file in _sealed_files(key):", "for file in ():", "tests/steps/test_archive.py"),
    Break("4 a restore point that retention left over proves no missed target",
          f"{PACKAGE}/sources/restore_points.py",
          "(listed is None and week.end_utc - newest > target)", "False",
          "tests/unit/sources/test_restore_points.py"),
    Break("4 a machine's newest point is the week's only in a list of the week's end",
          f"{PACKAGE}/sources/veeam_console.py", "<= standing_at <= week.end_utc + SOON", "<= standing_at",
          "tests/unit/sources/test_veeam_console.py"),
    Break("3 a restore point is of a machine that was asked for", f"{PACKAGE}/sources/veeam_console.py",
          "if point.owner not in asked:", "if False:", "tests/unit/sources/test_veeam_console.py"),
    Break("4 a console's points name either UID of a computer", f"{PACKAGE}/sources/veeam_console_rows.py",
          "frozenset({self.uid, self.source_instance_uid})", "frozenset({self.uid})",
          "tests/unit/sources/test_veeam_console.py"),
    Break("3 a job's mapping tells whose its sessions are", f"{PACKAGE}/sources/veeam_console_rows.py",
          "if len(owners) == 1 and not maybe:", "if False:", "tests/unit/sources/test_veeam_console.py"),
    Break("3 a session that could be anyone's is not counted", f"{PACKAGE}/sources/veeam_console_rows.py",
          "return None if is_told_mine or self._mine in owners else False", "return is_told_mine",
          "tests/unit/sources/test_veeam_console.py"),
    Break("4 job sessions that begin within the week are not the week's",
          f"{PACKAGE}/sources/veeam_console_sessions.py",
          "if since is None or as_utc(since) >= week.start_utc:", "if since is None:",
          "tests/unit/sources/test_veeam_console.py"),
    Break("4 no job session is not known, and not none", f"{PACKAGE}/sources/veeam_console_sessions.py",
          "if over\n", "if True\n", "tests/unit/sources/test_veeam_console.py"),
    Break("3 another company's sessions do not leave the console",
          f"{PACKAGE}/hooks/veeam_console_sessions.py",
          "if scope.ran(row, jobs, by_agent) is not False", "if True",
          "tests/hooks/test_veeam_console.py"),
    Break("4 a time without checks is no downtime", f"{PACKAGE}/sources/probing.py",
          "if (after.at if after else week.end_utc) - check.at > gap:", "if False:",
          "tests/unit/sources/test_probing.py"),
    Break("4 an outage that may have been longer is said to", f"{PACKAGE}/sources/probing.py",
          "maybe_longer |= run.borders_on_gap", "pass", "tests/unit/sources/test_probing.py"),
    Break("4 failures that too few saw make no outage", f"{PACKAGE}/sources/probing.py",
          "if sum(check.confirms for check in failed) < IN_A_ROW:", "if len(failed) < IN_A_ROW:",
          "tests/unit/sources/test_probing.py"),
    Break("4 one good answer in a quiet time ends an outage", f"{PACKAGE}/sources/cloudflare_visits.py",
          "(DOWN_SHARE if tells else 1)", "DOWN_SHARE", "tests/unit/sources/test_cloudflare.py"),
    Break("4 a sample counts by the requests in it", f"{PACKAGE}/sources/cloudflare_visits.py",
          "max(row.avg.sample_interval, 1.0)", "1.0", "tests/unit/sources/test_cloudflare.py"),
    Break("4 days without requests are named", f"{PACKAGE}/sources/cloudflare.py",
          "if made and missing:", "if False:", "tests/unit/sources/test_cloudflare.py"),
    Break("4 hours without requests are told", f"{PACKAGE}/sources/cloudflare.py",
          "if made and told < due:", "if False:", "tests/unit/sources/test_cloudflare.py"),
    Break("4 a figure of too little of the week is marked", f"{PACKAGE}/domain/kpis/availability.py",
          "else site.recorded_percent", "else None", "tests/unit/domain/test_availability.py"),
    Break("4 checks rarer than the file says are named", f"{PACKAGE}/sources/blackbox.py",
          "if apart > MISSED_FROM * scope.interval_seconds:", "if False:",
          "tests/unit/sources/test_blackbox.py"),
)  # fmt: skip


def main() -> int:
    unguarded = []
    with tempfile.TemporaryDirectory(prefix="msp-reports-broken-") as folder:
        copy = Path(folder) / "copy"
        skipped = shutil.ignore_patterns(".git", ".venv", "build", ".*_cache", "__pycache__", ".hypothesis")
        shutil.copytree(ROOT, copy, ignore=skipped)
        for entry in BREAKS:
            verdict = verdict_on(entry, copy)
            print(f"{verdict:16} {entry.invariant}", flush=True)
            if verdict != "red":
                unguarded.append(entry.invariant)
    print(f"\n{len(BREAKS) - len(unguarded)} of {len(BREAKS)} breaks were noticed")
    return 1 if unguarded else 0


def verdict_on(entry: Break, copy: Path) -> str:
    path = copy / entry.file
    sound = path.read_text(encoding="utf-8")
    if sound.count(entry.was) < 1:
        return "NOT FOUND"
    path.write_text(sound.replace(entry.was, entry.becomes), encoding="utf-8")
    try:
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *entry.tests.split()]
        done = subprocess.run(command, cwd=copy, capture_output=True, check=False)
    finally:
        path.write_text(sound, encoding="utf-8")
    return {0: "STILL GREEN", 1: "red"}.get(done.returncode, f"error {done.returncode}")


if __name__ == "__main__":
    sys.exit(main())
