/** The ids of our commands, each contributed in package.json; a test holds the two lists against each other. */
export const commandIds = {
  open: "parley.open",
  newConversation: "parley.newConversation",
  showHistory: "parley.showHistory",
  showActivity: "parley.showActivity",
  exportActivity: "parley.exportActivity",
  showCallMetrics: "parley.showCallMetrics",
  setTraceHeaders: "parley.setTraceHeaders",
  stop: "parley.stop",
  connectModel: "parley.connectModel",
  pickModel: "parley.pickModel",
  startPlugin: "parley.startPlugin",
  stopPlugin: "parley.stopPlugin",
  restartPlugin: "parley.restartPlugin",
  addPluginFolder: "parley.addPluginFolder",
  createPlugin: "parley.createPlugin",
  developPlugin: "parley.developPlugin",
  reviewPlugin: "parley.reviewPlugin",
  managePermissions: "parley.managePermissions",
  showPluginLog: "parley.showPluginLog",
  setPluginSecret: "parley.setPluginSecret",
  showAttachToken: "parley.showAttachToken",
  runPluginCommand: "parley.runPluginCommand",
  askAboutSelection: "parley.askAboutSelection",
  openWalkthrough: "parley.openWalkthrough",
} as const;

export type CommandId = (typeof commandIds)[keyof typeof commandIds];
