/** In a manifest's wishes: the folders of the workspace. Apart from the schemas, for those that do without them. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: it is written so in a plugin.json.
export const workspaceName = "${workspace}";
