import { Failure } from "../../base/failure.ts";
import type { DatabasePort } from "../ports.ts";
import { deeds } from "../rules/targets.ts";
import type { ServiceTable } from "./service.ts";

export interface DatabaseServiceParts {
  readonly databases: DatabasePort | undefined;
}

/** A plugin's own SQLite file, by grant. Nobody names a file here: each plugin has the one in its data folder. */
export function databaseServices({ databases }: DatabaseServiceParts): Pick<ServiceTable, "database/query"> {
  return {
    "database/query": {
      rights: () => [deeds.database()],
      async handle({ statements }, { session, signal }) {
        if (!databases)
          throw new Failure("unavailable", "This host has no databases for plugins.", {
            todo: "Keep it in state, or in a file in the plugin's data folder.",
          });
        return await databases.query(session.home.dataDir, statements, signal, session.limits());
      },
    },
  };
}
