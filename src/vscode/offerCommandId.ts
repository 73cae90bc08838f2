/** What the ids of commands begin with that stand for offers with the palette facet. */
export const offerCommandPrefix = "parley.offer.";

export const offerCommandId = (plugin: string, offer: string): string => `${offerCommandPrefix}${plugin}.${offer}`;
