from parley import Plugin

plugin = Plugin()
database = plugin.database
TABLE = "CREATE TABLE IF NOT EXISTS words (word TEXT PRIMARY KEY, length INTEGER NOT NULL)"


@plugin.commands.register("remember")
def remember(args):
    word = args["word"]
    database.transaction([TABLE, ("INSERT OR REPLACE INTO words VALUES (?, ?)", [word, len(word)])])


@plugin.commands.register("recall")
def recall(args):
    rows = database.query("SELECT * FROM words ORDER BY word")["rows"]
    return [f"{row['word']}: {row['length']}" for row in rows]


@plugin.commands.register("tell")
def tell(args, call):
    call.commands.execute("database-typescript:remember", {"word": args["word"]})
    return call.commands.execute("database-typescript:recall")


plugin.start()
