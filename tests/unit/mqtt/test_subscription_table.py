"""Which filters are subscribed for whom, without a broker."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from mqttwidgets import Message, TopicFilter
from mqttwidgets.base.model import LinkState
from mqttwidgets.mqtt.subscription_table import Answer, Order, Subscriber, SubscriptionTable

LIVE = LinkState("live", "", 0.0)
FILTERS = st.sampled_from(["#", "a/#", "a/+", "+/x", "a/x", "b", "b/#", "$share/g/a/#"]).map(TopicFilter)


def subscriber(text: str, qos: int = 0) -> Subscriber:
    """Somebody who wants a filter."""
    return Subscriber(TopicFilter(text), qos, _ignore, lambda: None, lambda: None)


def quiet(text: str) -> Subscriber:
    """Somebody who gives way to others."""
    return Subscriber(TopicFilter(text), 0, _ignore, lambda: None, lambda: None, give_up=lambda: None)


def _ignore(_message: Message) -> None:
    return


def granted(table: SubscriptionTable, order: Order) -> None:
    """A broker that grants all it is asked for."""
    table.take_answers({asked: Answer(qos) for asked, qos in order.subscribe.items()})


@given(st.lists(st.tuples(FILTERS, st.sampled_from(["comes", "goes", "turns"])), max_size=12))
def test_what_is_subscribed_is_apart_and_covers_everybody(steps: list[tuple[TopicFilter, str]]) -> None:
    """Somebody comes where the filter fits, the oldest goes, or the oldest turns to it where that can be."""
    table, subscribed = SubscriptionTable(), set[TopicFilter]()
    for wanted, step in steps:
        leaving = () if step == "comes" else table.subscribers[:1]
        coming = [subscriber(wanted.text)] if step != "goes" else []
        possible = {"comes": table.fits(wanted), "goes": True, "turns": table.can_swap(leaving, coming)}
        if not possible[step]:
            continue
        order = table.change(leaving, coming)
        assert subscribed >= set(order.unsubscribe)
        assert not order.subscribe.keys() & set(order.unsubscribe)
        subscribed = (subscribed | order.subscribe.keys()) - set(order.unsubscribe)
        assert table.begin_session().subscribe.keys() == subscribed
        assert not any(one.overlaps(other) for one, other in itertools.combinations(subscribed, 2))
        assert all(any(each.covers(one.filter) for each in subscribed) for one in table.subscribers)
        assert bool(subscribed) == bool(table.subscribers)


def test_a_wide_filter_gives_way_to_the_narrow_one_that_it_served() -> None:
    table = SubscriptionTable()
    wide, narrow = subscriber("#"), subscriber("a/x", qos=1)
    granted(table, table.change((), (wide,)))
    granted(table, table.change((), (narrow,)))
    assert table.begin_session().subscribe == {TopicFilter("#"): 1}
    assert table.change((wide,), ()) == Order({TopicFilter("a/x"): 1}, (TopicFilter("#"),))


def test_one_that_another_filter_goes_on_serving_is_not_lost() -> None:
    table = SubscriptionTable()
    wide, narrow = subscriber("#"), subscriber("a/x")
    granted(table, table.change((), (wide, narrow)))
    assert table.lost_subscribers(LIVE) == []
    table.change((wide,), ())
    assert table.lost_subscribers(LIVE) == []
    assert table.state_of(narrow, LIVE).status == "live"
    table.take_answers({TopicFilter("a/x"): Answer(refusal="not for you")})
    assert table.lost_subscribers(LIVE) == [narrow]
    assert table.state_of(narrow, LIVE).text == "not for you"


def test_an_answer_to_what_was_dropped_meanwhile_says_nothing() -> None:
    table = SubscriptionTable()
    first, second = subscriber("a"), subscriber("a")
    table.change((), (first,))
    table.change((first,), ())
    table.take_answers({TopicFilter("a"): Answer()})
    table.change((), (second,))
    assert table.state_of(second, LIVE).status == "connecting"


def test_refused_filters_are_asked_for_again() -> None:
    table = SubscriptionTable()
    one = subscriber("a", qos=2)
    table.change((), (one,))
    table.take_answers({TopicFilter("a"): Answer(refusal="no")})
    assert table.state_of(one, LIVE).status == "refused"
    assert table.ask_again() == Order({TopicFilter("a"): 2})
    assert table.state_of(one, LIVE).status == "connecting"


def test_a_lower_quality_of_service_is_told_to_whom_it_concerns() -> None:
    table = SubscriptionTable()
    careful, careless = subscriber("a", qos=2), subscriber("a")
    table.change((), (careful, careless))
    table.take_answers({TopicFilter("a"): Answer(1)})
    assert table.state_of(careful, LIVE).status == "live"
    assert "It grants QoS 1 where 2 was asked for" in table.state_of(careful, LIVE).remark
    assert table.state_of(careless, LIVE).remark == ""


def test_what_matches_no_filter_is_told_to_whom_nothing_came() -> None:
    table = SubscriptionTable()
    served, waiting = subscriber("a"), subscriber("plant/#")
    granted(table, table.change((), (served, waiting)))
    served.has_some = True
    for _ in range(3):
        table.note_stray("works/7\n")
    told = "3 messages came that no filter here matches, the first on 'works/7\\\\n'."
    assert table.state_of(waiting, LIVE).remark == told
    assert table.state_of(served, LIVE).remark == ""
    table.begin_session()
    granted(table, Order({TopicFilter("plant/#"): 0}))
    assert table.state_of(waiting, LIVE).remark == ""


def test_what_is_on_its_way_when_a_subscription_ends_is_no_stray() -> None:
    table = SubscriptionTable()
    leaving, waiting = subscriber("a"), subscriber("b")
    granted(table, table.change((), (leaving, waiting)))
    table.change((leaving,), ())
    table.note_stray("a")
    assert table.state_of(waiting, LIVE).remark == ""


def test_a_quiet_subscriber_holds_no_link_and_is_found_where_it_is_in_the_way() -> None:
    table, told = SubscriptionTable(), quiet("a/+/config")
    granted(table, table.change((), (told,)))
    assert table.is_unused
    assert table.in_the_way([TopicFilter("a/x/#")]) == [told]
    assert not table.in_the_way([TopicFilter("b/#")])
    loud = subscriber("b/#")
    table.change((), (loud,))
    assert not table.is_unused
    assert table.change((told,), ()) == Order({}, (TopicFilter("a/+/config"),))
    assert table.fits(TopicFilter("a/x/#"))


def test_a_quiet_subscriber_is_served_by_what_there_is_without_a_word_to_the_broker() -> None:
    table, told = SubscriptionTable(), quiet("a/+/config")
    granted(table, table.change((), (subscriber("a/#"),)))
    assert table.serve(told)
    assert told in table.subscribers_for("a/x/config")
    assert not table.serve(quiet("b/c"))


def test_a_quiet_subscriber_is_unanswered_until_the_broker_says_yes_or_no() -> None:
    table, granting, refusing, waiting = SubscriptionTable(), quiet("a"), quiet("b"), quiet("c")
    table.change((), (granting, refusing, waiting, subscriber("d")))
    table.take_answers({TopicFilter("a"): Answer(0), TopicFilter("b"): Answer(refusal="no")})
    assert table.unanswered() == [waiting]
    table.begin_session()
    assert table.unanswered() == [waiting]
