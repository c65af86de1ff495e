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


def rider(text: str, qos: int = 0) -> Subscriber:
    """Somebody who wants a filter."""
    return Subscriber(TopicFilter(text), qos, _ignore, lambda: None, lambda: None)


def _ignore(_message: Message) -> None:
    return


def granted(carriers: SubscriptionTable, order: Order) -> None:
    """A broker that grants all it is asked for."""
    carriers.take_answers({asked: Answer(qos) for asked, qos in order.subscribe.items()})


@given(st.lists(st.tuples(FILTERS, st.sampled_from(["comes", "goes", "turns"])), max_size=12))
def test_what_is_subscribed_is_apart_and_covers_everybody(steps: list[tuple[TopicFilter, str]]) -> None:
    """Somebody comes where the filter fits, the oldest goes, or the oldest turns to it where that can be."""
    carriers, subscribed = SubscriptionTable(), set[TopicFilter]()
    for wanted, step in steps:
        leaving = () if step == "comes" else carriers.riders[:1]
        coming = [rider(wanted.text)] if step != "goes" else []
        possible = {"comes": carriers.fits(wanted), "goes": True, "turns": carriers.can_swap(leaving, coming)}
        if not possible[step]:
            continue
        order = carriers.change(leaving, coming)
        assert subscribed >= set(order.unsubscribe)
        assert not order.subscribe.keys() & set(order.unsubscribe)
        subscribed = (subscribed | order.subscribe.keys()) - set(order.unsubscribe)
        assert carriers.begin_session().subscribe.keys() == subscribed
        assert not any(one.overlaps(other) for one, other in itertools.combinations(subscribed, 2))
        assert all(any(carrier.covers(one.filter) for carrier in subscribed) for one in carriers.riders)
        assert bool(subscribed) == bool(carriers.riders)


def test_a_wide_carrier_gives_way_to_who_rode_on_it() -> None:
    carriers = SubscriptionTable()
    wide, narrow = rider("#"), rider("a/x", qos=1)
    granted(carriers, carriers.change((), (wide,)))
    granted(carriers, carriers.change((), (narrow,)))
    assert carriers.begin_session().subscribe == {TopicFilter("#"): 1}
    assert carriers.change((wide,), ()) == Order({TopicFilter("a/x"): 1}, (TopicFilter("#"),))


def test_one_that_goes_on_in_another_carrier_is_not_lost() -> None:
    carriers = SubscriptionTable()
    wide, narrow = rider("#"), rider("a/x")
    granted(carriers, carriers.change((), (wide, narrow)))
    assert carriers.lost_riders(LIVE) == []
    carriers.change((wide,), ())
    assert carriers.lost_riders(LIVE) == []
    assert carriers.state_of(narrow, LIVE).status == "live"
    carriers.take_answers({TopicFilter("a/x"): Answer(refusal="not for you")})
    assert carriers.lost_riders(LIVE) == [narrow]
    assert carriers.state_of(narrow, LIVE).text == "not for you"


def test_an_answer_to_what_was_dropped_meanwhile_says_nothing() -> None:
    carriers = SubscriptionTable()
    first, second = rider("a"), rider("a")
    carriers.change((), (first,))
    carriers.change((first,), ())
    carriers.take_answers({TopicFilter("a"): Answer()})
    carriers.change((), (second,))
    assert carriers.state_of(second, LIVE).status == "connecting"


def test_refused_filters_are_asked_for_again() -> None:
    carriers = SubscriptionTable()
    one = rider("a", qos=2)
    carriers.change((), (one,))
    carriers.take_answers({TopicFilter("a"): Answer(refusal="no")})
    assert carriers.state_of(one, LIVE).status == "refused"
    assert carriers.ask_again() == Order({TopicFilter("a"): 2})
    assert carriers.state_of(one, LIVE).status == "connecting"


def test_a_lower_quality_of_service_is_told_to_whom_it_concerns() -> None:
    carriers = SubscriptionTable()
    careful, careless = rider("a", qos=2), rider("a")
    carriers.change((), (careful, careless))
    carriers.take_answers({TopicFilter("a"): Answer(1)})
    assert carriers.state_of(careful, LIVE).status == "live"
    assert "It grants QoS 1 where 2 was asked for" in carriers.state_of(careful, LIVE).remark
    assert carriers.state_of(careless, LIVE).remark == ""


def test_what_matches_no_filter_is_told_to_whom_nothing_came() -> None:
    carriers = SubscriptionTable()
    served, waiting = rider("a"), rider("plant/#")
    granted(carriers, carriers.change((), (served, waiting)))
    served.has_some = True
    for _ in range(3):
        carriers.note_stray("works/7\n")
    told = "3 messages came that no filter here matches, the first on 'works/7\\\\n'."
    assert carriers.state_of(waiting, LIVE).remark == told
    assert carriers.state_of(served, LIVE).remark == ""
    carriers.begin_session()
    granted(carriers, Order({TopicFilter("plant/#"): 0}))
    assert carriers.state_of(waiting, LIVE).remark == ""


def test_what_is_on_its_way_when_a_subscription_ends_is_no_stray() -> None:
    carriers = SubscriptionTable()
    leaving, waiting = rider("a"), rider("b")
    granted(carriers, carriers.change((), (leaving, waiting)))
    carriers.change((leaving,), ())
    carriers.note_stray("a")
    assert carriers.state_of(waiting, LIVE).remark == ""
