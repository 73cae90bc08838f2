import type { EvaluatedRequest } from "../../unit/guide/evaluate.ts";

const search = "repoagent/repo.search";
const read = "repoagent/repo.file.read";
const tree = "repoagent/repo.tree";
const patch = "repoagent/repo.patch";
const write = "repoagent/repo.file.write";
const calculate = "calculator/calculate_via_hello";
const stats = "conversation-monitor/get_stats";

/**
 * Requests about three repositories that the offline guide was not made with, by folder under `repositories/`.
 *
 * They were written on 2026-11-21, after the guide's matcher was finished, without having read the matcher, the prompts of its recipes
 * or its development requests (`test/unit/guide/dev.json`); only READMEs, the arguments of offers and the evaluator were known. The
 * first run against that matcher had 78 of 88 right, 89 %: stockroom 25 of 27, signpost 28 of 29, jotter 25 of 32. Of the 76 that have
 * something to do it ran 66 rightly, 87 %; the 12 that nothing fits ran nothing.
 *
 * One expectation was wrong and has been corrected since: appending a line may also be a write in mode append (79 of 88). Nothing else
 * has changed since the first run. Whoever changes the matcher with these requests in mind takes from them what they prove: write new ones then.
 */
export const firstList: Record<string, EvaluatedRequest[]> = {
  stockroom: [
    { prompt: "where do we warn the buyer about low stock?", offer: search, expectHit: "stockroom/notify.py:36-42" },
    {
      prompt: "find the place where the bulk discount is calculated",
      offer: search,
      expectHit: "stockroom/pricing.py:16-21",
    },
    { prompt: "Where is the VAT rate defined?", offer: search, expectHit: "stockroom/pricing.py:13-13" },
    { prompt: "who calls sweep_expired", offer: search, expectHit: "tests/test_reservations.py:37-37" },
    {
      prompt: "how are expired reservations thrown away?",
      offer: search,
      expectHit: "stockroom/reservations.py:39-45",
    },
    { prompt: "which file configures the smtp host", offer: search, expectHit: "config/default.toml:16-16" },
    { prompt: "wher is the transction rolled back", offer: search, expectHit: "stockroom/storage.py:49-56" },
    { prompt: "show me ReservationDesk", offer: search, expectHit: "stockroom/reservations.py:11-17" },
    {
      prompt: "open config/default.toml",
      offer: read,
      args: { path: "config/default.toml" },
      expectText: "lifetime_minutes = 30",
    },
    {
      prompt: "Could you please show me lines 24 to 35 of stockroom/pricing.py?",
      offer: read,
      args: { path: "stockroom/pricing.py", offset: 24, limit: 12 },
    },
    { prompt: "first 10 lines of cli.py", offer: read, args: { path: "/cli\\.py$/", limit: 10 } },
    {
      prompt: "whats in the tests folder",
      offer: tree,
      args: { path: "/^tests\\/?$/" },
      expectText: "test_pricing.py",
    },
    {
      prompt: 'search for "running low"',
      offer: search,
      args: { query: "/running low/" },
      expectHit: "stockroom/notify.py:40-40",
    },
    { prompt: "grep Decimal in tests", offer: search, args: { query: "/Decimal/", path: "/^tests\\/?$/" } },
    {
      prompt: "change port = 8040 to port = 9090 in config/default.toml",
      offer: patch,
      expectFile: { path: "config/default.toml", contains: ["port = 9090"], lacks: "8040" },
    },
    {
      prompt: "please rename bulk_discount to volume_discount everywhere",
      offer: patch,
      expectFile: {
        path: "stockroom/pricing.py",
        contains: ["def volume_discount(", "1 - volume_discount("],
        lacks: "bulk_discount",
      },
    },
    {
      prompt: "delete line 9 of README.md",
      offer: patch,
      expectFile: { path: "README.md", contains: ["--port 8040\n\n\n## What"], lacks: "STOCKROOM_DB" },
    },
    {
      prompt: "insert `import time` after `import os` in stockroom/settings.py",
      offer: patch,
      expectFile: { path: "stockroom/settings.py", contains: ["import os\nimport time\nimport tomllib"] },
    },
    {
      prompt: "set lifetime_minutes to 45 in config/default.toml",
      offer: patch,
      expectFile: {
        path: "config/default.toml",
        contains: ["lifetime_minutes = 45\nmax_per_order = 50"],
        lacks: "= 30",
      },
    },
    {
      prompt: 'create a file docs/api.md with "# The API"',
      offer: write,
      expectFile: { path: "docs/api.md", contains: ["# The API"] },
    },
    { prompt: "what is 24 times 19?", offer: calculate, args: { operation: "multiply", a: 24, b: 19 } },
    { prompt: "say hello to Maria", offer: "hello/hello", args: { name: "Maria" } },
    { prompt: "how many messages have we exchanged so far?", offer: stats },
    { prompt: "order 20 more desk lamps from the supplier", offer: null },
    { prompt: "run the tests", offer: null },
    { prompt: "what's the weather like in Oslo tomorrow", offer: null },
    { prompt: "deploy stockroom to production", offer: null },
  ],
  signpost: [
    {
      prompt: "Where does the router deal with a trailing slash?",
      offer: search,
      expectHit: ["router.go:60-64", "tree.go:90-95"],
    },
    { prompt: "find where panics are caught", offer: search, expectHit: "middleware/recover.go:12-25" },
    { prompt: "where are clients told to slow down", offer: search, expectHit: "middleware/ratelimit.go:52-62" },
    { prompt: "where is splitPath used?", offer: search, expectHit: ["router.go:52-52", "router.go:73-73"] },
    { prompt: "what is maxBodyBytes", offer: search, expectHit: "context.go:11-12" },
    { prompt: "how does the demo shut down when i press ctrl c", offer: search, expectHit: "cmd/demo/main.go:85-95" },
    { prompt: "find the definition of HTTPError", offer: search, expectHit: "router.go:98-102" },
    {
      prompt: "where's the read timeout configured?",
      offer: search,
      expectHit: ["cmd/demo/config.yaml:2-2", "cmd/demo/config.go:39-40"],
    },
    { prompt: "show the function staticChild", offer: search, expectHit: "tree.go:49-56" },
    {
      prompt: "list everything in middleware",
      offer: tree,
      args: { path: "/^middleware\\/?$/" },
      expectText: "ratelimit.go",
    },
    { prompt: "What files are in this project?", offer: tree, expectText: "router.go" },
    { prompt: "cat go.mod", offer: read, args: { path: "go.mod" }, expectText: "go 1.22" },
    { prompt: "router.go lines 72-84", offer: read, args: { path: "router.go", offset: 72, limit: 13 } },
    { prompt: "show me the last 5 lines of the Makefile", offer: read, args: { path: "Makefile", offset: -5 } },
    { prompt: "read line 12 in context.go please", offer: read, args: { path: "context.go", offset: 12, limit: 1 } },
    {
      prompt: "look for Retry-After",
      offer: search,
      args: { query: "/Retry-After/i" },
      expectHit: "middleware/ratelimit.go:57-57",
    },
    {
      prompt: 'replace "slow down" with "too many requests" in middleware/ratelimit.go',
      offer: patch,
      expectFile: { path: "middleware/ratelimit.go", contains: ['Message: "too many requests"'], lacks: "slow down" },
    },
    {
      prompt: "rename clientAddress to remoteHost in middleware/ratelimit.go",
      offer: patch,
      expectFile: {
        path: "middleware/ratelimit.go",
        contains: ["func remoteHost(", "l.Allow(remoteHost("],
        lacks: "clientAddress",
      },
    },
    {
      prompt: "in cmd/demo/config.yaml change the burst to 80",
      offer: patch,
      expectFile: { path: "cmd/demo/config.yaml", contains: ["  burst: 80\ncors:"], lacks: "burst: 40" },
    },
    {
      prompt: "remove lines 9 and 10 from Makefile",
      offer: patch,
      expectFile: { path: "Makefile", contains: ["config.yaml\n"], lacks: "go vet" },
    },
    {
      prompt: "append the line '## Thanks' to README.md",
      offer: [patch, write],
      expectFile: { path: "README.md", contains: ["ISC\n## Thanks"] },
    },
    {
      prompt: "make a new file middleware/doc.go containing `package middleware`",
      offer: write,
      expectFile: { path: "middleware/doc.go", contains: ["package middleware"] },
    },
    { prompt: "divide 144 by 12", offer: calculate, args: { operation: "divide", a: 144, b: 12 } },
    { prompt: "whats fifteen plus 27", offer: calculate, args: { operation: "add", a: 15, b: 27 } },
    { prompt: "give me the statistics of this conversation", offer: ["conversation-monitor/report", stats] },
    { prompt: "commit my changes and push them", offer: null },
    { prompt: "write a poem about routers", offer: null },
    { prompt: "make it faster", offer: null },
    { prompt: "why is the sky blue?", offer: null },
  ],
  jotter: [
    { prompt: "where does the app handle conflicts between notes?", offer: search, expectHit: "src/sync.js:66-71" },
    { prompt: "find the code that turns markdown into html", offer: search, expectHit: "src/markdown.js:7-43" },
    {
      prompt: "how long do notes stay in the bin",
      offer: search,
      expectHit: ["src/store.js:4-5", "docs/storage.md:5-5"],
    },
    { prompt: "what happens when the browser storage is full?", offer: search, expectHit: "src/store.js:76-83" },
    { prompt: "which shortcut opens the search box", offer: search, expectHit: "docs/shortcuts.md:6-6" },
    { prompt: "where is friendlyDate defined", offer: search, expectHit: "src/dates.js:8-8" },
    { prompt: "where do we import NoteStore", offer: search, expectHit: "src/app.js:4-4" },
    {
      prompt: "find usages of escapeHtml",
      offer: search,
      expectHit: ["src/markdown.js:19-19", "src/markdown.js:46-46"],
    },
    { prompt: "where is the accent colour set", offer: search, expectHit: "styles/main.css:4-4" },
    {
      prompt: "search the docs for revision",
      offer: search,
      args: { query: "/revision/i", path: "/^docs\\/?$/" },
      expectHit: "docs/sync.md:3-3",
    },
    { prompt: "is there any TODO left in here?", offer: search, args: { query: "/TODO/i" } },
    { prompt: "Show me src/search.js", offer: read, args: { path: "src/search.js" } },
    { prompt: "read the docs about storage", offer: read, args: { path: "docs/storage.md" }, expectText: "14 days" },
    { prompt: "lines 45 - 56 of src/sync.js", offer: read, args: { path: "src/sync.js", offset: 45, limit: 12 } },
    { prompt: "whats this project about", offer: read, args: { path: "README.md" } },
    { prompt: "what's inside src?", offer: tree, args: { path: "/^src\\/?$/" }, expectText: "markdown.js" },
    { prompt: "show the folder structure", offer: tree, expectText: "styles" },
    {
      prompt: "change BIN_DAYS from 14 to 30 in src/store.js",
      offer: patch,
      expectFile: { path: "src/store.js", contains: ["export const BIN_DAYS = 30;"], lacks: "BIN_DAYS = 14" },
    },
    {
      prompt: "pls chnge Untitled to 'No title' in src/app.js",
      offer: patch,
      expectFile: { path: "src/app.js", contains: ['note.title || "No title"'], lacks: "Untitled" },
    },
    {
      prompt: "bump the version in package.json to 1.0.0",
      offer: patch,
      expectFile: { path: "package.json", contains: ['"version": "1.0.0",'], lacks: "0.9.4" },
    },
    {
      prompt: "Rename countHits to countMatches everywhere, please.",
      offer: patch,
      expectFile: {
        path: "src/search.js",
        contains: ["function countMatches(", "countMatches(note.body"],
        lacks: "countHits",
      },
    },
    {
      prompt: "add the line `- [ ] Dark mode` after line 20 in README.md",
      offer: patch,
      expectFile: { path: "README.md", contains: ["- [ ] Shared notebooks\n- [ ] Dark mode\n- [x] Tags"] },
    },
    {
      prompt: "get rid of the line with Ctrl+I in docs/shortcuts.md",
      offer: patch,
      expectFile: {
        path: "docs/shortcuts.md",
        contains: ["| bold                             |\n| Ctrl+Shift+D"],
        lacks: "Ctrl+I ",
      },
    },
    {
      prompt: "create an empty file called src/tags.js",
      offer: write,
      args: { path: "src/tags.js", content: "" },
    },
    {
      prompt: "delete the file test/markdown.test.js",
      offer: patch,
      expectFile: { path: "test/markdown.test.js", gone: true },
    },
    {
      prompt: "subtract 45 from 1999 using the calculator",
      offer: calculate,
      args: { operation: "subtract", a: 1999, b: 45 },
    },
    { prompt: "please reset the conversation statistics", offer: "conversation-monitor/reset_stats" },
    { prompt: "stop telling me about errors, sentinel", offer: "sentinel/silence", args: { silent: true } },
    { prompt: "refactor the whole app to typescript", offer: null },
    { prompt: "book a table for two tonight", offer: null },
    { prompt: "play some music while I work", offer: null },
    { prompt: "take a screenshot of the preview", offer: null },
  ],
};
