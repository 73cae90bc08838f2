import type { ActivityData, ActivityTopic } from "../../protocol/plugin/activity.ts";
import type { Publication } from "../events/publication.ts";

/** Publishes for the host. */
export type Publish = <T extends ActivityTopic>(
  type: T,
  data: ActivityData<T>,
  conversation?: string,
  more?: Pick<Publication, "latest" | "callId" | "rule" | "rules" | "counted">,
) => void;
