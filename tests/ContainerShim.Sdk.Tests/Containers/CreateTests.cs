using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Tasks;
using ContainerShim.Sdk.Tests.Fakes;

namespace ContainerShim.Sdk.Tests.Containers;

internal sealed class CreateTests
{
    private static readonly string[] _steps =
        ["bundle.rootfs", "mount", "bundle.options", "stdio.open", "runtime.create", "stdio.attach"];

    private static readonly string[] _waitingSteps = ["mount", "stdio.open", "runtime.create", "stdio.attach"];

    [Test]
    public void Create_EverythingWorks_MakesItInOrder()
    {
        EngineHarness engine = new();

        CreateTaskResult result = engine.Service.CreateAsync(Requests.Create("c")).Now();

        Assert.That(result.Pid, Is.EqualTo(1001));
        Assert.That(engine.Calls.Made.Select(call => call.Split(' ')[0]).Where(_steps.Contains), Is.EqualTo(_steps));
        Assert.That(engine.Events, Is.EqualTo(new[] { "create c" }));
        Assert.That(engine.Orphans.Holds, Is.Zero);
    }

    [TestCaseSource(nameof(_steps))]
    public void Create_AStepFails_UndoesEverything(string step)
    {
        EngineHarness engine = Sharing();
        engine.Calls.Next(step, CallPlan.Fail("it broke"));

        ShimException refusal = engine.Service.CreateAsync(Requests.Create("c")).Refusal();

        Assert.That(refusal.Message, Is.EqualTo("it broke"));
        AssertNothingIsLeft(engine);
    }

    [TestCaseSource(nameof(_waitingSteps))]
    public void Create_CancelledAtAStep_UndoesEverything(string step)
    {
        EngineHarness engine = Sharing();
        engine.Calls.Next(step, CallPlan.Hold);
        using CancellationTokenSource cancel = new();
        Task<CreateTaskResult> create = engine.Service.CreateAsync(Requests.Create("c"), cancel.Token);

        cancel.Cancel();

        Assert.That(create.IsCanceled);
        AssertNothingIsLeft(engine);
    }

    [Test]
    public void Create_CancelledWhenTheRuntimeHadDoneIt_UndoesEverything()
    {
        EngineHarness engine = new();
        engine.Calls.Next("runtime.create", CallPlan.HoldTooLate);
        using CancellationTokenSource cancel = new();
        Task<CreateTaskResult> create = engine.Service.CreateAsync(Requests.Create("c"), cancel.Token);

        cancel.Cancel();

        Assert.That(create.IsCanceled);
        AssertNothingIsLeft(engine);
    }

    [Test]
    public void Create_RuntimeFailsAndHasMadeTheProcess_UndoesEverything()
    {
        EngineHarness engine = new();
        engine.Calls.Next("runtime.create", CallPlan.HoldDone);
        Task<CreateTaskResult> create = engine.Service.CreateAsync(Requests.Create("c"));

        engine.Calls.HeldOf("runtime.create").Fail(ShimException.Unknown("failed to retrieve OCI runtime container pid"));

        Assert.That(create.Refusal().Message, Is.EqualTo("failed to retrieve OCI runtime container pid"));
        AssertNothingIsLeft(engine);
    }

    [Test]
    public void Create_RuntimeHasAnotherOfTheId_LeavesItAlone()
    {
        EngineHarness engine = new();
        engine.Runtime.CreateAsync(new RuntimeContainer { Id = "c", Bundle = "/elsewhere", ContainerdNamespace = "k8s.io" }, RuntimeStdio.None).Now();

        ShimException refusal = engine.Service.CreateAsync(Requests.Create("c")).Refusal();

        Assert.That(refusal.Code, Is.EqualTo(ShimErrorCode.AlreadyExists));
        Assert.That(engine.Kernel.Alive(), Has.Count.EqualTo(1));
        Assert.That(engine.Leftovers(), Is.Empty);
    }

    [Test]
    public void Create_BeforeTheRuntimeIsCalled_AsksItForNothing()
    {
        EngineHarness engine = new();
        engine.Calls.Next("stdio.open", CallPlan.Fail("it broke"));

        engine.Service.CreateAsync(Requests.Create("c")).Refusal();

        Assert.That(engine.Calls.Made, Has.None.StartsWith("runtime."));
    }

    [Test]
    public void Create_UndoingHangs_UnmountsAllTheSame()
    {
        EngineHarness engine = new();
        engine.Calls.Next("stdio.attach", CallPlan.Fail("it broke"));
        engine.Calls.Next("runtime.delete", CallPlan.HoldTooLate);
        Task<CreateTaskResult> create = engine.Service.CreateAsync(Requests.Create("c"));

        engine.After(engine.Timeouts.CleanUp);

        Assert.That(create.Refusal().Message, Is.EqualTo("it broke"));
        AssertNothingIsLeft(engine);
    }

    [Test]
    public void Create_UndoingFails_ReportsTheFirstFailure()
    {
        EngineHarness engine = new();
        engine.Calls.Next("stdio.attach", CallPlan.Fail("it broke"));
        engine.Calls.Next("runtime.delete", CallPlan.Fail("delete broke"));
        engine.Calls.Next("unmount", CallPlan.Fail("unmount broke"));

        ShimException refusal = engine.Service.CreateAsync(Requests.Create("c")).Refusal();

        Assert.That(refusal.Message, Is.EqualTo("it broke"));
        Assert.That(engine.Stdio.Open, Is.Zero);
    }

    [Test]
    public void Create_UndoingFailed_IsDoneAgainBeforeTheIdIsUsed()
    {
        EngineHarness engine = LeavingC();
        engine.Calls.Next("runtime.delete", CallPlan.Fail("still broken"));

        Assert.That(engine.Service.CreateAsync(Requests.Create("c")).Refusal().Message, Is.EqualTo("still broken"));
        Assert.That(engine.Runtime.Containers, Has.Count.EqualTo(1), "nothing was made");

        Assert.That(engine.Service.CreateAsync(Requests.Create("c")).Now().Pid, Is.Positive);
        Assert.That(engine.Runtime.Containers, Has.Count.EqualTo(1), "what was left is gone");
        Assert.That(engine.Mounter.Mounted, Has.Count.EqualTo(1));
    }

    [Test]
    public void Create_UndoingFailed_IsDoneAgainWhenAnotherIsMadeOrDeleted([Values] bool isDeleted)
    {
        EngineHarness engine = new();
        engine.Service.CreateAsync(Requests.Create("d")).Now();
        Leave(engine, "c");

        if (isDeleted)
        {
            engine.Service.DeleteAsync(new DeleteRequest("d")).Now();
        }
        else
        {
            engine.Service.CreateAsync(Requests.Create("e")).Now();
        }

        Assert.That(engine.Runtime.Containers, Has.Count.EqualTo(isDeleted ? 0 : 2));
        Assert.That(engine.Mounter.Mounted, Has.Count.EqualTo(isDeleted ? 0 : 2));
    }

    /// <summary>Another shim may have made a container under this id meanwhile, with the same runtime.</summary>
    [Test]
    public void Create_UndoingFailed_IsLeftWhereAnotherBundleHasTakenItsPlace()
    {
        EngineHarness engine = LeavingC();
        engine.Bundles.Identities[Requests.Create("c").Bundle] = "another";

        engine.Service.FinishRemovalsAsync().Now();

        Assert.That(engine.Runtime.Containers, Is.EqualTo(new[] { "c" }));
        engine.Bundles.Identities.Clear();
        engine.Service.FinishRemovalsAsync().Now();
        Assert.That(engine.Runtime.Containers, Is.EqualTo(new[] { "c" }), "it is not looked at again");
    }

    [Test]
    public void Create_UndoingFailed_HoldsUpNoOtherAndIsDoneAtTheEnd()
    {
        EngineHarness engine = LeavingC();
        engine.Calls.Next("runtime.delete", CallPlan.Hold);

        engine.Service.CreateAsync(Requests.Create("d")).Now();
        Task end = engine.Service.FinishRemovalsAsync();
        Assert.That(end.IsCompleted, Is.False);
        engine.After(engine.Timeouts.CleanUp);

        end.Now();
        Assert.That(engine.Runtime.Containers, Has.Count.EqualTo(1));
    }

    [Test]
    public void Create_CgroupNotFound_SucceedsWithoutStats()
    {
        EngineHarness engine = new();
        engine.Calls.Next("cgroup.load", CallPlan.Fail("no cgroup"));

        engine.Service.CreateAsync(Requests.Create("c")).Now();

        ShimException refusal = engine.Service.StatsAsync(new StatsRequest("c")).Refusal();
        Assert.That((refusal.Code, refusal.Message), Is.EqualTo((ShimErrorCode.NotFound, "cgroup does not exist: not found")));
    }

    [Test]
    public void Create_OomCannotBeWatched_Succeeds()
    {
        EngineHarness engine = new();
        engine.Calls.Next("cgroup.watchoom", CallPlan.Fail(new IOException("no inotify watch is left")));

        engine.Service.CreateAsync(Requests.Create("c")).Now();

        Assert.That(engine.Events, Is.EqualTo(new[] { "create c" }));
    }

    [Test]
    public void Create_IdInUse_IsRefused()
    {
        EngineHarness engine = new();
        engine.Run("c");

        ShimException refusal = engine.Service.CreateAsync(Requests.Create("c")).Refusal();

        Assert.That((refusal.Code, refusal.Message), Is.EqualTo((ShimErrorCode.AlreadyExists, "container c: already exists")));
        Assert.That(engine.Status("c"), Is.EqualTo(ContainerStatus.Running));
    }

    [Test]
    public void Create_IdBeingCreated_IsRefusedAndNotFoundElsewhere()
    {
        EngineHarness engine = new();
        engine.Calls.Next("mount", CallPlan.Hold);
        Task<CreateTaskResult> first = engine.Service.CreateAsync(Requests.Create("c"));

        Assert.That(engine.Service.CreateAsync(Requests.Create("c")).Refusal().Code, Is.EqualTo(ShimErrorCode.AlreadyExists));
        Assert.That(engine.Service.StateAsync(new StateRequest("c")).Refusal().Code, Is.EqualTo(ShimErrorCode.NotFound));
        engine.Calls.HeldOf("mount").Release();

        first.Now();
        Assert.That(engine.Status("c"), Is.EqualTo(ContainerStatus.Created));
    }

    [Test]
    public void Create_AfterAFailure_IdCanBeUsed()
    {
        EngineHarness engine = new();
        engine.Calls.Next("runtime.create", CallPlan.Fail("it broke"));
        engine.Service.CreateAsync(Requests.Create("c")).Refusal();

        Assert.That(engine.Run("c"), Is.GreaterThan(0));
    }

    [TestCase("", "/bundle")]
    [TestCase("../c", "/bundle")]
    [TestCase("c", "bundle")]
    public void Create_BadRequest_IsInvalid(string id, string bundle)
    {
        EngineHarness engine = new();

        Task create = engine.Service.CreateAsync(new CreateTaskRequest { Id = id, Bundle = bundle });

        Assert.That(create.Refusal().Code, Is.EqualTo(ShimErrorCode.InvalidArgument));
        Assert.That(engine.Calls.Made, Is.Empty);
    }

    [Test]
    public void Create_BundleNotToBeTrusted_TouchesNothing()
    {
        EngineHarness engine = new();
        engine.Calls.Next("bundle.trust", CallPlan.Fail(ShimException.FailedPrecondition("bundle /bundles/c is a link")));

        Assert.That(engine.Service.CreateAsync(Requests.Create("c")).Refusal().Code, Is.EqualTo(ShimErrorCode.FailedPrecondition));

        Assert.That(engine.Calls.Made, Is.EqualTo(new[] { "bundle.trust /bundles/c" }));
        Assert.That(engine.Run("c"), Is.GreaterThan(0));
    }

    [Test]
    public void Create_NoRootfs_MountsNothing()
    {
        EngineHarness engine = new();

        engine.Service.CreateAsync(Requests.Create("c") with { Rootfs = [] }).Now();

        Assert.That(engine.Calls.Made, Has.None.StartsWith("mount"));
    }

    private static EngineHarness Sharing()
    {
        EngineHarness engine = new();
        engine.Bundles.SharePidNamespace("/bundles/c");
        return engine;
    }

    private static EngineHarness LeavingC()
    {
        EngineHarness engine = new();
        Leave(engine, "c");
        return engine;
    }

    /// <summary>A creation fails, and so does what is to undo it.</summary>
    private static void Leave(EngineHarness engine, string id)
    {
        engine.Calls.Next("stdio.attach", CallPlan.Fail("it broke"));
        engine.Calls.Next("runtime.delete", CallPlan.Fail("delete broke"));
        engine.Calls.Next("unmount", CallPlan.Fail("unmount broke"));
        engine.Service.CreateAsync(Requests.Create(id)).Refusal();
    }

    private static void AssertNothingIsLeft(EngineHarness engine)
    {
        Assert.That(engine.Leftovers(), Is.Empty);
        Assert.That(engine.Runtime.Containers, Is.Empty);
        Assert.That(engine.Kernel.Alive(), Is.Empty);
        Assert.That(engine.Events, Is.Empty);
        Assert.That(engine.Service.StateAsync(new StateRequest("c")).Refusal().Code, Is.EqualTo(ShimErrorCode.NotFound));
    }
}
