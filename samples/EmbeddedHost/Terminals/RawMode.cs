namespace EmbeddedHost.Terminals;

/// <summary>Keys go to the container one by one, Ctrl-C among them, until this is disposed of or the process ends.</summary>
internal sealed class RawMode : IDisposable
{
    private readonly NativeTerminal.Attributes _before;
    private bool _restored;

    private RawMode()
    {
        _before = NativeTerminal.GetAttributes();
        AppDomain.CurrentDomain.ProcessExit += OnExit;
        NativeTerminal.SetAttributes(NativeTerminal.MakeRaw(_before));
    }

    public static RawMode Enter() => new();

    public void Dispose()
    {
        if (!_restored)
        {
            _restored = true;
            NativeTerminal.SetAttributes(_before);
            AppDomain.CurrentDomain.ProcessExit -= OnExit;
        }
    }

    private void OnExit(object? sender, EventArgs e) => Dispose();
}
