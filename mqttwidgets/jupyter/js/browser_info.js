// Tells the kernel whose screen this is. An anywidget that is never displayed: `initialize` runs once in every
// page that shows the notebook, after a reload too.
//
// Message, browser to kernel:
//   {kind: "viewer", time_zone: "Europe/Berlin", utc_offset_minutes: 60}
//   time_zone is an IANA name, utc_offset_minutes the present offset east of UTC for kernels without its rules.

export default {
  /** @param {{ model: Model<object, ViewerMessage> }} page */
  initialize({ model }) {
    model.send({
      kind: "viewer",
      time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone ?? "",
      utc_offset_minutes: -new Date().getTimezoneOffset(),
    });
  },
};
