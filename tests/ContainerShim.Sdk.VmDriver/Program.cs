using ContainerShim.Sdk.VmDriver;
using NUnit.Framework.Api;

// Usage: ContainerShim.Sdk.VmDriver OUTPUT [PART OF A NAME]. OUTPUT gets a line for each test; in the guest it is the serial line to the host.
await using StreamWriter output = new(new FileStream(args[0], FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0)) { AutoFlush = true };
NUnitTestAssemblyRunner runner = new(new DefaultTestAssemblyBuilder());
runner.Load(typeof(Program).Assembly, GuestTests.Settings);
runner.Run(new ResultWriter(output), new GuestFilter(args.ElementAtOrDefault(1) ?? ""));
await output.WriteLineAsync(GuestLine.End);
