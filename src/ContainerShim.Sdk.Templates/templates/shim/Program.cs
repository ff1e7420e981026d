using ContainerShim.Sdk.Bootstrap;
using ShimProject;

// Main does nothing else: the shim takes the process over. Everything that is not replaced here is the runc shim's.
return await ShimApplication.RunAsync(args, static shim => shim.UseRuntime(
    static context => new LoggingRuntime(context.Host.Runtime, context.Logger)));
