namespace ContainerShim.Sdk.Protocol.Tests;

/// <summary>The protocol as tables, set down by hand and apart from the .proto files.</summary>
/// <remarks>
/// <c>Name | number field:type · …</c>, or a service's <c>Name | Method(Request) Response · …</c>. An indented line continues the one above it.
/// s, b, u32, u64, i32 are scalars; any, ts and empty well-known types; a field without a type is a u64.
/// </remarks>
internal static class WireTables
{
    public const string Text = """
        package containerd.types
        Mount | 1 type:s · 2 source:s · 3 target:s · 4 options:repeated s
        Metric | 1 timestamp:ts · 2 id:s · 3 data:any
        Platform | 1 os:s · 2 architecture:s · 3 variant:s · 4 os_version:s · 5 os_features:repeated s
        Envelope | 1 timestamp:ts · 2 namespace:s · 3 topic:s · 4 event:any
        RuntimeVersion | 1 version:s · 2 revision:s
        RuntimeInfo | 1 name:s · 2 version:RuntimeVersion · 3 options:any · 4 features:any · 5 annotations:map<s,s>

        package containerd.v1.types
        enum Status | 0 UNKNOWN · 1 CREATED · 2 RUNNING · 3 STOPPED · 4 PAUSED · 5 PAUSING
        ProcessInfo | 1 pid:u32 · 2 info:any
        Process | 1 container_id:s · 2 id:s · 3 pid:u32 · 4 status:Status · 5 stdin:s · 6 stdout:s · 7 stderr:s · 8 terminal:b
          · 9 exit_status:u32 · 10 exited_at:ts

        package containerd.task.v3
        CreateTaskRequest | 1 id:s · 2 bundle:s · 3 rootfs:repeated containerd.types.Mount · 4 terminal:b · 5 stdin:s · 6 stdout:s
          · 7 stderr:s · 8 checkpoint:s · 9 parent_checkpoint:s · 10 options:any
        CreateTaskResponse | 1 pid:u32
        StartRequest | 1 id:s · 2 exec_id:s
        StartResponse | 1 pid:u32
        DeleteRequest | 1 id:s · 2 exec_id:s
        DeleteResponse | 1 pid:u32 · 2 exit_status:u32 · 3 exited_at:ts
        ExecProcessRequest | 1 id:s · 2 exec_id:s · 3 terminal:b · 4 stdin:s · 5 stdout:s · 6 stderr:s · 7 spec:any
        ExecProcessResponse |
        ResizePtyRequest | 1 id:s · 2 exec_id:s · 3 width:u32 · 4 height:u32
        StateRequest | 1 id:s · 2 exec_id:s
        StateResponse | 1 id:s · 2 bundle:s · 3 pid:u32 · 4 status:containerd.v1.types.Status · 5 stdin:s · 6 stdout:s · 7 stderr:s
          · 8 terminal:b · 9 exit_status:u32 · 10 exited_at:ts · 11 exec_id:s
        KillRequest | 1 id:s · 2 exec_id:s · 3 signal:u32 · 4 all:b
        CloseIORequest | 1 id:s · 2 exec_id:s · 3 stdin:b
        PidsRequest | 1 id:s
        PidsResponse | 1 processes:repeated containerd.v1.types.ProcessInfo
        CheckpointTaskRequest | 1 id:s · 2 path:s · 3 options:any
        UpdateTaskRequest | 1 id:s · 2 resources:any · 3 annotations:map<s,s>
        WaitRequest | 1 id:s · 2 exec_id:s
        WaitResponse | 1 exit_status:u32 · 2 exited_at:ts
        StatsRequest | 1 id:s
        StatsResponse | 1 stats:any
        ConnectRequest | 1 id:s
        ConnectResponse | 1 shim_pid:u32 · 2 task_pid:u32 · 3 version:s
        ShutdownRequest | 1 id:s · 2 now:b
        PauseRequest | 1 id:s
        ResumeRequest | 1 id:s
        service Task | State(StateRequest) StateResponse · Create(CreateTaskRequest) CreateTaskResponse · Start(StartRequest) StartResponse
          · Delete(DeleteRequest) DeleteResponse · Pids(PidsRequest) PidsResponse · Pause(PauseRequest) empty · Resume(ResumeRequest) empty
          · Checkpoint(CheckpointTaskRequest) empty · Kill(KillRequest) empty · Exec(ExecProcessRequest) empty
          · ResizePty(ResizePtyRequest) empty · CloseIO(CloseIORequest) empty · Update(UpdateTaskRequest) empty
          · Wait(WaitRequest) WaitResponse · Stats(StatsRequest) StatsResponse · Connect(ConnectRequest) ConnectResponse
          · Shutdown(ShutdownRequest) empty

        package containerd.events
        TaskCreate | 1 container_id:s · 2 bundle:s · 3 rootfs:repeated containerd.types.Mount · 4 io:TaskIO · 5 checkpoint:s · 6 pid:u32
        TaskStart | 1 container_id:s · 2 pid:u32
        TaskDelete | 1 container_id:s · 2 pid:u32 · 3 exit_status:u32 · 4 exited_at:ts · 5 id:s
        TaskExit | 1 container_id:s · 2 id:s · 3 pid:u32 · 4 exit_status:u32 · 5 exited_at:ts
        TaskOOM | 1 container_id:s
        TaskExecAdded | 1 container_id:s · 2 exec_id:s
        TaskExecStarted | 1 container_id:s · 2 exec_id:s · 3 pid:u32
        TaskPaused | 1 container_id:s
        TaskResumed | 1 container_id:s
        TaskCheckpointed | 1 container_id:s · 2 checkpoint:s
        TaskIO | 1 stdin:s · 2 stdout:s · 3 stderr:s · 4 terminal:b
        SandboxCreate | 1 sandbox_id:s
        SandboxStart | 1 sandbox_id:s
        SandboxExit | 1 sandbox_id:s · 2 exit_status:u32 · 3 exited_at:ts

        package containerd.services.events.ttrpc.v1
        ForwardRequest | 1 envelope:containerd.types.Envelope
        service Events | Forward(ForwardRequest) empty

        package containerd.services.events.v1
        PublishRequest | 1 topic:s · 2 event:any
        ForwardRequest | 1 envelope:containerd.types.Envelope
        SubscribeRequest | 1 filters:repeated s
        service Events | Publish(PublishRequest) empty · Forward(ForwardRequest) empty
          · Subscribe(SubscribeRequest) stream containerd.types.Envelope

        package containerd.services.version.v1
        VersionResponse | 1 version:s · 2 revision:s
        service Version | Version(empty) VersionResponse

        package containerd.runtime.bootstrap.v1
        enum LogLevel | 0 LOG_LEVEL_INFO · -8 LOG_LEVEL_TRACE · -4 LOG_LEVEL_DEBUG · 4 LOG_LEVEL_WARN · 8 LOG_LEVEL_ERROR
          · 10 LOG_LEVEL_FATAL · 12 LOG_LEVEL_PANIC
        enum Capability | 0 CAPABILITY_UNSPECIFIED
        BootstrapParams | 1 instance_id:s · 2 namespace:s · 3 log_level:LogLevel · 4 containerd_version:s · 5 containerd_ttrpc_address:s
          · 6 containerd_grpc_address:s · 7 containerd_binary:s · 8 extensions:repeated Extension · 9 socket_dir:optional s
        Extension | 1 value:any
        BootstrapResult | 1 version:i32 · 2 address:s · 3 protocol:s · 4 capabilities:repeated Capability · 5 metadata:map<s,s>

        package containerd.runc.v1
        Options | 1 no_pivot_root:b · 2 no_new_keyring:b · 3 shim_cgroup:s · 4 io_uid:u32 · 5 io_gid:u32 · 6 binary_name:s · 7 root:s
          · 9 systemd_cgroup:b · 10 criu_image_path:s · 11 criu_work_path:s · 12 task_api_address:s · 13 task_api_version:u32
        CheckpointOptions | 1 exit:b · 2 open_tcp:b · 3 external_unix_sockets:b · 4 terminal:b · 5 file_locks:b
          · 6 empty_namespaces:repeated s · 7 cgroups_mode:s · 8 image_path:s · 9 work_path:s · 10 parent_path:s
        ProcessDetails | 1 exec_id:s

        package containerd.linux.runc
        CreateOptions | 1 no_pivot_root:b · 2 open_tcp:b · 3 external_unix_sockets:b · 4 terminal:b · 5 file_locks:b
          · 6 empty_namespaces:repeated s · 7 cgroups_mode:s · 8 no_new_keyring:b · 9 shim_cgroup:s · 10 io_uid:u32 · 11 io_gid:u32
          · 12 criu_work_path:s · 13 criu_image_path:s
        CheckpointOptions | 1 exit:b · 2 open_tcp:b · 3 external_unix_sockets:b · 4 terminal:b · 5 file_locks:b
          · 6 empty_namespaces:repeated s · 7 cgroups_mode:s · 8 work_path:s · 9 image_path:s

        package runtimeoptions.v1
        Options | 1 type_url:s · 2 config_path:s · 3 config_body:bytes

        package containerd.runtime.sandbox.v1
        CreateSandboxRequest | 1 sandbox_id:s · 2 bundle_path:s · 3 rootfs:repeated containerd.types.Mount · 4 options:any
          · 5 netns_path:s · 6 annotations:map<s,s>
        CreateSandboxResponse |
        StartSandboxRequest | 1 sandbox_id:s
        StartSandboxResponse | 1 pid:u32 · 2 created_at:ts · 3 spec:any
        PlatformRequest | 1 sandbox_id:s
        PlatformResponse | 1 platform:containerd.types.Platform
        StopSandboxRequest | 1 sandbox_id:s · 2 timeout_secs:u32
        StopSandboxResponse |
        WaitSandboxRequest | 1 sandbox_id:s
        WaitSandboxResponse | 1 exit_status:u32 · 2 exited_at:ts
        SandboxStatusRequest | 1 sandbox_id:s · 2 verbose:b
        SandboxStatusResponse | 1 sandbox_id:s · 2 pid:u32 · 3 state:s · 4 info:map<s,s> · 5 created_at:ts · 6 exited_at:ts · 7 extra:any
        PingRequest | 1 sandbox_id:s
        PingResponse |
        ShutdownSandboxRequest | 1 sandbox_id:s
        ShutdownSandboxResponse |
        SandboxMetricsRequest | 1 sandbox_id:s
        SandboxMetricsResponse | 1 metrics:containerd.types.Metric
        service Sandbox | CreateSandbox(CreateSandboxRequest) CreateSandboxResponse · StartSandbox(StartSandboxRequest) StartSandboxResponse
          · Platform(PlatformRequest) PlatformResponse · StopSandbox(StopSandboxRequest) StopSandboxResponse
          · WaitSandbox(WaitSandboxRequest) WaitSandboxResponse · SandboxStatus(SandboxStatusRequest) SandboxStatusResponse
          · PingSandbox(PingRequest) PingResponse · ShutdownSandbox(ShutdownSandboxRequest) ShutdownSandboxResponse
          · SandboxMetrics(SandboxMetricsRequest) SandboxMetricsResponse

        package io.containerd.cgroups.v1
        Metrics | 1 hugetlb:repeated HugetlbStat · 2 pids:PidsStat · 3 cpu:CPUStat · 4 memory:MemoryStat · 5 blkio:BlkIOStat
          · 6 rdma:RdmaStat · 7 network:repeated NetworkStat · 8 cgroup_stats:CgroupStats · 9 memory_oom_control:MemoryOomControl
        HugetlbStat | 1 usage · 2 max · 3 failcnt · 4 pagesize:s
        PidsStat | 1 current · 2 limit
        CPUStat | 1 usage:CPUUsage · 2 throttling:Throttle
        CPUUsage | 1 total · 2 kernel · 3 user · 4 per_cpu:repeated u64
        Throttle | 1 periods · 2 throttled_periods · 3 throttled_time
        MemoryStat | 1 cache · 2 rss · 3 rss_huge · 4 mapped_file · 5 dirty · 6 writeback · 7 pg_pg_in · 8 pg_pg_out · 9 pg_fault
          · 10 pg_maj_fault · 11 inactive_anon · 12 active_anon · 13 inactive_file · 14 active_file · 15 unevictable
          · 16 hierarchical_memory_limit · 17 hierarchical_swap_limit · 18 total_cache · 19 total_rss · 20 total_rss_huge
          · 21 total_mapped_file · 22 total_dirty · 23 total_writeback · 24 total_pg_pg_in · 25 total_pg_pg_out · 26 total_pg_fault
          · 27 total_pg_maj_fault · 28 total_inactive_anon · 29 total_active_anon · 30 total_inactive_file · 31 total_active_file
          · 32 total_unevictable · 33 usage:MemoryEntry · 34 swap:MemoryEntry · 35 kernel:MemoryEntry · 36 kernel_tcp:MemoryEntry
        MemoryEntry | 1 limit · 2 usage · 3 max · 4 failcnt
        MemoryOomControl | 1 oom_kill_disable · 2 under_oom · 3 oom_kill
        BlkIOStat | 1 io_service_bytes_recursive:repeated BlkIOEntry · 2 io_serviced_recursive:repeated BlkIOEntry
          · 3 io_queued_recursive:repeated BlkIOEntry · 4 io_service_time_recursive:repeated BlkIOEntry
          · 5 io_wait_time_recursive:repeated BlkIOEntry · 6 io_merged_recursive:repeated BlkIOEntry
          · 7 io_time_recursive:repeated BlkIOEntry · 8 sectors_recursive:repeated BlkIOEntry
        BlkIOEntry | 1 op:s · 2 device:s · 3 major · 4 minor · 5 value
        RdmaStat | 1 current:repeated RdmaEntry · 2 limit:repeated RdmaEntry
        RdmaEntry | 1 device:s · 2 hca_handles:u32 · 3 hca_objects:u32
        NetworkStat | 1 name:s · 2 rx_bytes · 3 rx_packets · 4 rx_errors · 5 rx_dropped · 6 tx_bytes · 7 tx_packets · 8 tx_errors
          · 9 tx_dropped
        CgroupStats | 1 nr_sleeping · 2 nr_running · 3 nr_stopped · 4 nr_uninterruptible · 5 nr_io_wait

        package io.containerd.cgroups.v2
        Metrics | 1 pids:PidsStat · 2 cpu:CPUStat · 4 memory:MemoryStat · 5 rdma:RdmaStat · 6 io:IOStat · 7 hugetlb:repeated HugeTlbStat
          · 8 memory_events:MemoryEvents · 9 network:repeated NetworkStat
        PidsStat | 1 current · 2 limit
        CPUStat | 1 usage_usec · 2 user_usec · 3 system_usec · 4 nr_periods · 5 nr_throttled · 6 throttled_usec · 7 psi:PSIStats
          · 8 nr_bursts · 9 burst_usec
        MemoryStat | 1 anon · 2 file · 3 kernel_stack · 4 slab · 5 sock · 6 shmem · 7 file_mapped · 8 file_dirty · 9 file_writeback
          · 10 anon_thp · 11 inactive_anon · 12 active_anon · 13 inactive_file · 14 active_file · 15 unevictable · 16 slab_reclaimable
          · 17 slab_unreclaimable · 18 pgfault · 19 pgmajfault · 20 workingset_refault · 21 workingset_activate
          · 22 workingset_nodereclaim · 23 pgrefill · 24 pgscan · 25 pgsteal · 26 pgactivate · 27 pgdeactivate · 28 pglazyfree
          · 29 pglazyfreed · 30 thp_fault_alloc · 31 thp_collapse_alloc · 32 usage · 33 usage_limit · 34 swap_usage · 35 swap_limit
          · 36 max_usage · 37 swap_max_usage · 38 psi:PSIStats · 39 workingset_refault_anon · 40 workingset_refault_file
          · 41 workingset_activate_anon · 42 workingset_activate_file
        MemoryEvents | 1 low · 2 high · 3 max · 4 oom · 5 oom_kill · 6 oom_group_kill
        IOStat | 1 usage:repeated IOEntry · 2 psi:PSIStats
        IOEntry | 1 major · 2 minor · 3 rbytes · 4 wbytes · 5 rios · 6 wios
        HugeTlbStat | 1 current · 2 max · 3 pagesize:s · 4 failcnt
        RdmaStat | 1 current:repeated RdmaEntry · 2 limit:repeated RdmaEntry
        RdmaEntry | 1 device:s · 2 hca_handles:u32 · 3 hca_objects:u32
        NetworkStat | 1 name:s · 2 rx_bytes · 3 rx_packets · 4 rx_errors · 5 rx_dropped · 6 tx_bytes · 7 tx_packets · 8 tx_errors
          · 9 tx_dropped
        PSIStats | 1 some:PSIData · 2 full:PSIData
        PSIData | 1 avg10:double · 2 avg60:double · 3 avg300:double · 4 total
        """;
}
