using ContainerShim.Sdk.Protocol.Cgroups.V2;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>The controller memory.</summary>
internal static class MemoryV2
{
    internal static MemoryStat Read(HostReader reader, string directory)
    {
        MemoryStat stat = new()
        {
            Usage = reader.ReadNumber(directory + "/memory.current"),
            UsageLimit = reader.ReadNumber(directory + "/memory.max"),
            MaxUsage = reader.ReadNumber(directory + "/memory.peak"),
            SwapUsage = reader.ReadNumber(directory + "/memory.swap.current"),
            SwapLimit = reader.ReadNumber(directory + "/memory.swap.max"),
            SwapMaxUsage = reader.ReadNumber(directory + "/memory.swap.peak"),
            Psi = PressureV2.Read(reader, directory + "/memory.pressure"),
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

    internal static MemoryEvents? ReadEvents(HostReader reader, string directory)
    {
        if (!reader.TryRead(directory + "/memory.events", out ReadOnlySpan<char> text) || text.Trim().IsEmpty)
        {
            return null;
        }

        MemoryEvents events = new();
        FieldReader lines = new(text);
        while (lines.NextLine())
        {
            switch (lines.NextField())
            {
                case "low": events.Low = CgroupNumber.Parse(lines.NextField()); break;
                case "high": events.High = CgroupNumber.Parse(lines.NextField()); break;
                case "max": events.Max = CgroupNumber.Parse(lines.NextField()); break;
                case "oom": events.Oom = CgroupNumber.Parse(lines.NextField()); break;
                case "oom_kill": events.OomKill = CgroupNumber.Parse(lines.NextField()); break;
                case "oom_group_kill": events.OomGroupKill = CgroupNumber.Parse(lines.NextField()); break;
            }
        }

        return events;
    }

    private static void Set(MemoryStat stat, ReadOnlySpan<char> key, ulong value)
    {
        switch (key)
        {
            case "anon": stat.Anon = value; break;
            case "file": stat.File = value; break;
            case "kernel_stack": stat.KernelStack = value; break;
            case "slab": stat.Slab = value; break;
            case "sock": stat.Sock = value; break;
            case "shmem": stat.Shmem = value; break;
            case "file_mapped": stat.FileMapped = value; break;
            case "file_dirty": stat.FileDirty = value; break;
            case "file_writeback": stat.FileWriteback = value; break;
            case "anon_thp": stat.AnonThp = value; break;
            case "inactive_anon": stat.InactiveAnon = value; break;
            case "active_anon": stat.ActiveAnon = value; break;
            case "inactive_file": stat.InactiveFile = value; break;
            case "active_file": stat.ActiveFile = value; break;
            case "unevictable": stat.Unevictable = value; break;
            case "slab_reclaimable": stat.SlabReclaimable = value; break;
            case "slab_unreclaimable": stat.SlabUnreclaimable = value; break;
            case "pgfault": stat.Pgfault = value; break;
            case "pgmajfault": stat.Pgmajfault = value; break;
            case "workingset_refault": stat.WorkingsetRefault = value; break;
            case "workingset_activate": stat.WorkingsetActivate = value; break;
            case "workingset_nodereclaim": stat.WorkingsetNodereclaim = value; break;
            case "pgrefill": stat.Pgrefill = value; break;
            case "pgscan": stat.Pgscan = value; break;
            case "pgsteal": stat.Pgsteal = value; break;
            case "pgactivate": stat.Pgactivate = value; break;
            case "pgdeactivate": stat.Pgdeactivate = value; break;
            case "pglazyfree": stat.Pglazyfree = value; break;
            case "pglazyfreed": stat.Pglazyfreed = value; break;
            case "thp_fault_alloc": stat.ThpFaultAlloc = value; break;
            case "thp_collapse_alloc": stat.ThpCollapseAlloc = value; break;
            case "workingset_refault_anon": stat.WorkingsetRefaultAnon = value; break;
            case "workingset_refault_file": stat.WorkingsetRefaultFile = value; break;
            case "workingset_activate_anon": stat.WorkingsetActivateAnon = value; break;
            case "workingset_activate_file": stat.WorkingsetActivateFile = value; break;
        }
    }
}
