"""Widgets, which a person sees and touches, and how frames reach the page. The only room with Jupyter's packages.

Whatever can be decided without a widget is decided in `plot`. Callbacks may run in any thread, with another event
loop or none: what changes the screen goes through `FrameClock.run`. The scripts and styles are in `js/`.

All plots of a kernel share one `FrameLink`, a widget that is never displayed. What changes often is either a
trait of a `Linked` widget, whose `send_state` hands it to the link, or the points of a line, of which only the
new ones travel. Once a page has answered, a tick lets those plots draw that some page has in sight and sends one
message; before, or where no page ever answers, the same traits go out as plain messages. A dashboard waits a
minute for its page first, or ten seconds once that has said anything: what is new while a page opens may never be
shown there. Frames come to the model of a `Carrier`, which has no script: anywidget lets nothing through to a
widget whose script took more than two seconds to start.
"""
