// In process: the classes use a reactor, sockets and pipes of this process, and BenchmarkDotNet builds no project of its own.
using BenchmarkDotNet.Running;

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(["--inProcess", .. args]);
