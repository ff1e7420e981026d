using ContainerShim.Sdk.Tasks;

namespace ContainerShim.Sdk.Tests.Fakes;

/// <summary>Requests with what a test does not care about filled in, and answers that must be there already.</summary>
internal static class Requests
{
    private static readonly byte[] _processSpec = "{}"u8.ToArray();

    public static CreateTaskRequest Create(string id) => new()
    {
        Id = id,
        Bundle = "/bundles/" + id,
        Rootfs = [new RootfsMount { Type = "bind", Source = "/image" }],
    };

    public static ExecRequest Exec(string id, string execId) => new() { Id = id, ExecId = execId, ProcessSpec = _processSpec };

    /// <summary>Creates and starts a container. Returns its pid.</summary>
    public static int Run(this EngineHarness engine, string id)
    {
        engine.Service.CreateAsync(Create(id)).Now();
        return engine.Service.StartAsync(new StartRequest(id)).Now().Pid;
    }

    /// <summary>Adds and starts an exec. Returns its pid.</summary>
    public static int RunExec(this EngineHarness engine, string id, string execId)
    {
        engine.Service.ExecAsync(Exec(id, execId)).Now();
        return engine.Service.StartAsync(new StartRequest(id, execId)).Now().Pid;
    }

    /// <summary>The state of a container or an exec.</summary>
    public static StateResult State(this EngineHarness engine, string id, string execId = "") =>
        engine.Service.StateAsync(new StateRequest(id, execId)).Now();

    public static ContainerStatus Status(this EngineHarness engine, string id, string execId = "") => engine.State(id, execId).Status;

    /// <summary>The result of a task that must have ended.</summary>
    public static T Now<T>(this Task<T> task)
    {
        ((Task)task).Now();
        return task.Result;
    }

    /// <inheritdoc cref="Now{T}"/>
    public static void Now(this Task task)
    {
        Assert.That(task.IsCompleted, "the operation has not ended");
        task.GetAwaiter().GetResult();
    }

    /// <summary>The failure of a task that must have ended with one.</summary>
    public static ShimException Refusal(this Task task)
    {
        Assert.That(task.IsCompleted, "the operation has not ended");
        return Assert.Throws<ShimException>(() => task.GetAwaiter().GetResult())!;
    }
}
