using ContainerShim.Sdk.Bootstrap;

return await ShimApplication.RunAsync(args);
