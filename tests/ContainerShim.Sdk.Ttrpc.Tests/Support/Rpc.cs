using Grpc.Core;

namespace ContainerShim.Sdk.Ttrpc.Tests.Support;

internal static class Rpc
{
    internal static async Task FailsAsync(Task call, StatusCode code, string? detail = null)
    {
        RpcException? error = null;
        try
        {
            await call.Soon();
        }
        catch (RpcException e)
        {
            error = e;
        }

        Assert.That(error, Is.Not.Null, "the call should fail");
        Assert.That(error!.StatusCode, Is.EqualTo(code), error.ToString());
        if (detail is not null)
        {
            Assert.That(error.Status.Detail, Is.EqualTo(detail));
        }
    }
}
