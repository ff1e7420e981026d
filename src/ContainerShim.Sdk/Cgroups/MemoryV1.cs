using ContainerShim.Sdk.Protocol.Cgroups.V1;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>The controller memory.</summary>
internal static class MemoryV1
{
    internal static MemoryStat Read(HostReader reader, string directory)
    {
        MemoryStat stat = new()
        {
            Usage = ReadEntry(reader, directory, "memory."),
            Swap = ReadEntry(reader, directory, "memory.memsw."),
            Kernel = ReadEntry(reader, directory, "memory.kmem."),
            KernelTcp = ReadEntry(reader, directory, "memory.kmem.tcp."),
        };
        if (reader.TryRead(directory + "/memory.stat", out ReadOnlySpan<char> text))
        {
            FieldReader lines = new(text);
            while (lines.NextLine())
            {
                ReadOnlySpan<char> key = lines.NextField();
                Set(stat, key, CgroupNumber.Parse(lines.NextField()));
            }
        }

        return stat;
    }

    internal static MemoryOomControl? ReadOomControl(HostReader reader, string directory)
    {
        if (!reader.TryRead(directory + "/memory.oom_control", out ReadOnlySpan<char> text))
        {
            return null;
        }

        MemoryOomControl control = new();
        FieldReader lines = new(text);
        while (lines.NextLine())
        {
            switch (lines.NextField())
            {
                case "oom_kill_disable": control.OomKillDisable = CgroupNumber.Parse(lines.NextField()); break;
                case "under_oom": control.UnderOom = CgroupNumber.Parse(lines.NextField()); break;
                case "oom_kill": control.OomKill = CgroupNumber.Parse(lines.NextField()); break;
            }
        }

        return control;
    }

    /// <summary>Null where the kernel does not account for it: swap without <c>swapaccount=1</c>, kernel memory without that option.</summary>
    private static MemoryEntry? ReadEntry(HostReader reader, string directory, string prefix)
    {
        string start = directory + "/" + prefix;
        return !reader.TryRead(start + "usage_in_bytes", out ReadOnlySpan<char> usage) ? null : new MemoryEntry
        {
            Usage = CgroupNumber.Parse(usage),
            Max = reader.ReadNumber(start + "max_usage_in_bytes"),
            Failcnt = reader.ReadNumber(start + "failcnt"),
            Limit = reader.ReadNumber(start + "limit_in_bytes"),
        };
    }

    private static void Set(MemoryStat stat, ReadOnlySpan<char> key, ulong value)
    {
        switch (key)
        {
            case "cache": stat.Cache = value; break;
            case "rss": stat.Rss = value; break;
            case "rss_huge": stat.RssHuge = value; break;
            case "mapped_file": stat.MappedFile = value; break;
            case "dirty": stat.Dirty = value; break;
            case "writeback": stat.Writeback = value; break;
            case "pgpgin": stat.PgPgIn = value; break;
            case "pgpgout": stat.PgPgOut = value; break;
            case "pgfault": stat.PgFault = value; break;
            case "pgmajfault": stat.PgMajFault = value; break;
            case "inactive_anon": stat.InactiveAnon = value; break;
            case "active_anon": stat.ActiveAnon = value; break;
            case "inactive_file": stat.InactiveFile = value; break;
            case "active_file": stat.ActiveFile = value; break;
            case "unevictable": stat.Unevictable = value; break;
            case "hierarchical_memory_limit": stat.HierarchicalMemoryLimit = value; break;
            case "hierarchical_memsw_limit": stat.HierarchicalSwapLimit = value; break;
            case "total_cache": stat.TotalCache = value; break;
            case "total_rss": stat.TotalRss = value; break;
            case "total_rss_huge": stat.TotalRssHuge = value; break;
            case "total_mapped_file": stat.TotalMappedFile = value; break;
            case "total_dirty": stat.TotalDirty = value; break;
            case "total_writeback": stat.TotalWriteback = value; break;
            case "total_pgpgin": stat.TotalPgPgIn = value; break;
            case "total_pgpgout": stat.TotalPgPgOut = value; break;
            case "total_pgfault": stat.TotalPgFault = value; break;
            case "total_pgmajfault": stat.TotalPgMajFault = value; break;
            case "total_inactive_anon": stat.TotalInactiveAnon = value; break;
            case "total_active_anon": stat.TotalActiveAnon = value; break;
            case "total_inactive_file": stat.TotalInactiveFile = value; break;
            case "total_active_file": stat.TotalActiveFile = value; break;
            case "total_unevictable": stat.TotalUnevictable = value; break;
        }
    }
}
