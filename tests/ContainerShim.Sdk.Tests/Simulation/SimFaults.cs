using ContainerShim.Sdk.Tests.Fakes;

namespace ContainerShim.Sdk.Tests.Simulation;

/// <summary>Decides by chance how calls go, until everything is healed.</summary>
internal sealed class SimFaults(SimRandom random, bool somethingIsUnkillable)
{
    private static readonly CallPlan _failure = CallPlan.Fail("simulated failure");

    /// <summary>How many calls of a hundred simply succeed; schedules with few faults get further.</summary>
    private readonly int _successes = random.Of([97, 90, 70]);

    private bool _healed;

    /// <summary>How the receiver of events is at the moment.</summary>
    public CallPlan Publisher { get; private set; } = CallPlan.Succeed;

    /// <summary>An unmount that did not succeed may have been the last try of a creation that failed.</summary>
    public bool MountsMayBeLeft { get; private set; }

    /// <summary>So may a deletion in the runtime.</summary>
    public bool DeletesMayHaveFailed { get; private set; }

    public CallPlan Plan(string operation) => _healed ? CallPlan.Succeed : operation switch
    {
        "publish" => Publisher,
        "unmount" => Unmount(),
        "runtime.delete" => Delete(),
        "cgroup.killall" => somethingIsUnkillable ? Waiting() : CallPlan.Succeed,
        "monitor.watch" => random.Chance(3) ? CallPlan.Fail(ShimException.ResourceExhausted("no descriptor")) : CallPlan.Succeed,
        "cgroup.watchoom" or "stdio.noteexit" => random.Chance(3) ? CallPlan.Fail(new IOException("simulated failure")) : CallPlan.Succeed,
        "cgroup.thaw" or "monitor.signal" or "stdio.closestdin" or "stdio.resize" => CallPlan.Succeed,
        "cgroup.load" => random.Chance(somethingIsUnkillable ? 5 : 0) ? _failure : CallPlan.Succeed,
        _ when operation.StartsWith("bundle.", StringComparison.Ordinal) => random.Chance(3) ? _failure : CallPlan.Succeed,
        "stdio.drain" => random.Chance(10) ? CallPlan.Hold : CallPlan.Succeed,
        // A creation that the runtime refuses has left nothing, and what has its id may be somebody else's.
        "runtime.create" when Waiting() is var plan => plan.Fate == CallFate.HoldDone ? CallPlan.Hold : plan,
        // These answer with something that is nobody's when it comes too late.
        "stdio.open" or "mount" when Waiting() is var plan => plan.Fate is CallFate.HoldDone or CallFate.HoldTooLate ? CallPlan.Hold : plan,
        _ => Waiting(),
    };

    public string ChangePublisher()
    {
        Publisher = random.Next(5) switch
        {
            0 => CallPlan.Fail(new IOException("connection refused")),
            1 => CallPlan.Hold,
            2 => CallPlan.HoldTooLate,
            _ => CallPlan.Succeed,
        };
        return Publisher.Fate.ToString();
    }

    public void Heal() => _healed = true;

    private CallPlan Delete()
    {
        CallPlan plan = Waiting();
        DeletesMayHaveFailed |= plan.Fate != CallFate.Succeed;
        return plan;
    }

    private CallPlan Unmount()
    {
        CallPlan plan = random.Chance(10) ? Waiting() : CallPlan.Succeed;
        MountsMayBeLeft |= plan.Fate != CallFate.Succeed;
        return plan;
    }

    private CallPlan Waiting() => random.Chance(_successes) ? CallPlan.Succeed : random.Next(16) switch
    {
        < 5 => _failure,
        < 10 => CallPlan.Hold,
        < 12 => CallPlan.HoldTooLate,
        < 15 => CallPlan.HoldDone,
        _ => CallPlan.HoldDeaf,
    };
}
