"""Watchers of a feed are bounded, and who is slow loses the oldest and is told."""

import asyncio

import pytest

from probe.feed import Feed, FeedFullError


async def test_a_slow_watcher_loses_the_oldest_and_is_told():
    feed = Feed[int](watchers=1, depth=3)
    with feed.watch() as watcher:
        for number in range(10):
            feed.publish(number)

        assert await watcher.take() == (7, (7, 8, 9))


async def test_a_closed_feed_ends_its_watchers():
    feed = Feed[int](watchers=1, depth=3)
    with feed.watch() as watcher:
        async with asyncio.TaskGroup() as group:
            waiting = group.create_task(watcher.take())
            await asyncio.sleep(0)
            feed.close()

    assert None is waiting.result()


async def test_watchers_are_bounded_and_their_places_are_given_back():
    feed = Feed[int](watchers=1, depth=3)
    with feed.watch(), pytest.raises(FeedFullError), feed.watch():
        pass
    with feed.watch():
        assert len(feed) == 1
