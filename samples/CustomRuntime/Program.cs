// A shim whose containers are made by unshare(1) and nsenter(1): ctr run --runtime io.containerd.unshare.v1 …
using ContainerShim.Sdk.Bootstrap;
using CustomRuntime;

return await ShimApplication.RunAsync(args, static shim => shim.UseRuntime(static context => new UnshareRuntime(context.Host)));
