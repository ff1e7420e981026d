using ContainerShim.Sdk.Events;
using CsCheck;

namespace ContainerShim.Sdk.Tests.Events;

internal sealed class EventQueueTests
{
    private enum Step
    {
        AddExpendable,
        AddPrecious,
        RemoveHead,
        RemoveStale,
    }

    [Test]
    public void Queue_AnySteps_BehavesLikeTheModel() =>
        Gen.Select(Gen.Int[0, 6], Gen.Int[0, 3].Select(step => (Step)step).Array[0, 60]).Sample(
            (capacity, steps) => Behaves(capacity, steps), iter: 20_000);

    private static bool Behaves(int capacity, Step[] steps)
    {
        EventQueue queue = new(capacity);
        List<EventEnvelope> model = [];
        List<EventEnvelope> removed = [];
        long sequence = 0;
        foreach (Step step in steps)
        {
            if (step is Step.AddExpendable or Step.AddPrecious)
            {
                EventEnvelope added = new()
                {
                    Sequence = ++sequence,
                    Timestamp = default,
                    ContainerdNamespace = "ns",
                    Event = step == Step.AddPrecious ? EventLogFixture.Precious : EventLogFixture.Expendable,
                };
                model.Add(added);
                EventEnvelope? expected = model.Count > capacity ? model.Find(envelope => envelope.Event == EventLogFixture.Expendable) : null;
                if (expected is not null)
                {
                    model.Remove(expected);
                    removed.Add(expected);
                }

                if (!ReferenceEquals(queue.Add(added), expected))
                {
                    return false;
                }
            }
            else if (step == Step.RemoveHead && model.Count > 0)
            {
                queue.Remove(model[0]);
                removed.Add(model[0]);
                model.RemoveAt(0);
            }
            else if (step == Step.RemoveStale && removed.Count > 0)
            {
                queue.Remove(removed[^1]);
            }

            bool hasHead = queue.TryPeek(out EventEnvelope? head);
            if (queue.Count != model.Count || hasHead != model.Count > 0 || !ReferenceEquals(head, model.FirstOrDefault()))
            {
                return false;
            }
        }

        return true;
    }
}
