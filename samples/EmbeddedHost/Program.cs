// A small container manager with the shim in process: no daemon, and no shim process either.
return await EmbeddedHost.CommandLine.RunAsync(args);
