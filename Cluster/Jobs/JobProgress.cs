using System.Buffers;
using System.Text;
using System.Text.Json;
using Sluice.Cluster.Nodes;
using Sluice.Streams.Ledger;

namespace Sluice.Cluster.Jobs;

/// <summary>How far a job is, gathered from nodes and ledger, as the JSON that is kept with it. Safe for concurrent use.</summary>
internal sealed class JobProgress
{
    private static readonly TimeSpan s_countPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_lately = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(30);

    /// <summary>A node that is silent for so long is not listed any more; what it did stays counted.</summary>
    private static readonly TimeSpan s_forgotten = TimeSpan.FromMinutes(10);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, NodeSum> _nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _lost = new(StringComparer.Ordinal);

    /// <summary>What nodes had reported when another coordinator wrote: it is in the sums already.</summary>
    private readonly Dictionary<string, Dictionary<string, long>> _counted = new(StringComparer.Ordinal);
    private readonly SortedDictionary<int, string> _troubles = [];
    private Accounting _before = Empty;
    private Accounting _now = Empty;
    private DateTimeOffset _countAgain;
    private DateTimeOffset? _heard;

    /// <summary>Source that is being walked.</summary>
    public int Source { get; private set; }

    /// <summary>Whether the source has been listed to its end.</summary>
    public bool Listed { get; set; }

    /// <summary>Documents that are gone from the source and are not removed unasked; 0 for none.</summary>
    public long Withheld { get; set; }

    /// <summary>Number of its walk; 0 before it has begun.</summary>
    public long Walk { get; private set; }

    private static Accounting Empty => new(0, 0, 0, new Dictionary<string, long>(StringComparer.Ordinal), new Dictionary<string, long>(StringComparer.Ordinal), 0);

    /// <summary>Reads what another coordinator wrote.</summary>
    public static JobProgress Read(string? json)
    {
        var progress = new JobProgress();
        if (json is null)
        {
            return progress;
        }

        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            progress.Source = root.GetProperty("source").GetInt32();
            progress.Walk = root.GetProperty("walk").GetInt64();
            foreach (var count in root.GetProperty("counts").EnumerateObject())
            {
                progress._lost[count.Name] = count.Value.GetInt64();
            }

            foreach (var node in root.GetProperty("reported").EnumerateObject())
            {
                progress._counted[node.Name] = node.Value.EnumerateObject().ToDictionary(static count => count.Name, static count => count.Value.GetInt64(), StringComparer.Ordinal);
            }

            progress._before = AccountingJson.Read(root.GetProperty("before"));
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return new JobProgress(); // Of another release: counts begin anew, and the walk too.
        }

        return progress;
    }

    /// <summary>A walk begins, or is taken up.</summary>
    public void Begin(JobTicket ticket)
    {
        lock (_lock)
        {
            (Source, Walk, Withheld) = (ticket.Source, ticket.Walk!.Id, 0);
            _troubles.Clear();
            _countAgain = default;
        }
    }

    /// <summary>A walk has ended.</summary>
    public void EndSource(Accounting accounting)
    {
        lock (_lock)
        {
            _before = AccountingJson.Add(_before, accounting);
            _now = Empty;
            Walk = 0;
        }
    }

    /// <summary>Takes a node's report, of this job alone.</summary>
    public void Add(NodeReport report, DateTimeOffset now)
    {
        lock (_lock)
        {
            if (!_nodes.TryGetValue(report.Address, out var node))
            {
                _counted.Remove(report.Address, out var counted);
                node = new NodeSum(counted ?? new Dictionary<string, long>(StringComparer.Ordinal));
                _nodes.Add(report.Address, node);
            }

            foreach (var (name, count) in report.Jobs[0].Counts)
            {
                // Counts that fall began anew: the node, or its work on the job, was restarted.
                var last = node.Last.GetValueOrDefault(name);
                node.Sum[name] = node.Sum.GetValueOrDefault(name) + (count >= last ? count - last : count);
                node.Last[name] = count;
            }

            (node.Report, node.Seen) = (report, now);
            Forget_NeedsLock(now);
        }
    }

    /// <summary>Nodes that have reported lately.</summary>
    public IReadOnlyList<string> Heard(DateTimeOffset now)
    {
        lock (_lock)
        {
            return [.. _nodes.Where(node => now - node.Value.Seen < s_lately).Select(static node => node.Key)];
        }
    }

    private void Forget_NeedsLock(DateTimeOffset now)
    {
        _heard ??= now;
        if (now - _heard > s_forgotten)
        {
            _counted.Clear();
        }

        foreach (var (address, node) in _nodes)
        {
            if (now - node.Seen > s_forgotten)
            {
                foreach (var (name, count) in node.Sum)
                {
                    _lost[name] = _lost.GetValueOrDefault(name) + count;
                }

                _nodes.Remove(address);
            }
        }
    }

    /// <summary>Adds what the coordinator itself has done.</summary>
    public void Count(string name, long count)
    {
        if (count > 0)
        {
            lock (_lock)
            {
                _lost[name] = _lost.GetValueOrDefault(name) + count;
            }
        }
    }

    /// <summary>A partition has trouble.</summary>
    public void SetTrouble(int partition, string reason)
    {
        lock (_lock)
        {
            _troubles[partition] = reason;
        }
    }

    /// <summary>It is over.</summary>
    public void ClearTrouble(int partition)
    {
        lock (_lock)
        {
            _troubles.Remove(partition);
        }
    }

    /// <summary>Counts a walk's documents in the ledger, as often as that is cheap.</summary>
    /// <param name="walk">The walk's number. When it has ended by the time they are counted, they are in the sums of ended walks already, and the count is forgotten.</param>
    /// <param name="count">Counts them.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async Task CountAsync(long walk, Func<CancellationToken, Task<Accounting>> count, TimeProvider time, CancellationToken cancellationToken)
    {
        var start = time.GetUtcNow();
        lock (_lock)
        {
            if (start < _countAgain)
            {
                return;
            }
        }

        var accounting = await count(cancellationToken);
        var took = time.GetUtcNow() - start;
        lock (_lock)
        {
            if (walk == Walk)
            {
                _now = accounting;
                _countAgain = time.GetUtcNow() + s_countPause + (20 * took); // Of ten million documents counting takes a while.
            }
        }
    }

    /// <summary>Writes it all.</summary>
    public string Write(IReadOnlyCollection<string> notices)
    {
        var buffer = new ArrayBufferWriter<byte>(2048);
        using (var json = new Utf8JsonWriter(buffer))
        {
            lock (_lock)
            {
                Write_NeedsLock(json, notices);
            }
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private void Write_NeedsLock(Utf8JsonWriter json, IReadOnlyCollection<string> notices)
    {
        json.WriteStartObject();
        json.WriteNumber("source", Source);
        json.WriteNumber("walk", Walk);
        json.WriteNumber("withheld", Withheld);
        json.WriteBoolean("listed", Listed);
        json.WritePropertyName("documents");
        AccountingJson.Write(json, AccountingJson.Add(_before, _now));
        json.WritePropertyName("before");
        AccountingJson.Write(json, _before);
        var sums = new SortedDictionary<string, long>(_lost, StringComparer.Ordinal);
        foreach (var (name, count) in _nodes.Values.SelectMany(static node => node.Sum))
        {
            sums[name] = sums.GetValueOrDefault(name) + count;
        }

        json.WriteStartObject("counts");
        foreach (var (name, count) in sums)
        {
            json.WriteNumber(name, count);
        }

        json.WriteEndObject();
        json.WriteStartObject("reported");
        foreach (var (address, counts) in _nodes.Select(static node => (node.Key, node.Value.Last)).Concat(_counted.Select(static node => (node.Key, node.Value))))
        {
            json.WriteStartObject(address);
            foreach (var (name, count) in counts)
            {
                json.WriteNumber(name, count);
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
        var latest = _nodes.Count == 0 ? default : _nodes.Values.Max(static node => node.Seen);
        json.WriteStartArray("nodes");
        foreach (var (address, node) in _nodes.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
        {
            NodeJson.Write(json, address, node.Report!, node.Sum, lost: latest - node.Seen > s_silence);
        }

        json.WriteEndArray();
        json.WriteStartArray("notices");
        foreach (var notice in notices
            .Concat(_nodes.Values.Where(node => latest - node.Seen <= s_silence).SelectMany(static node => node.Report!.Jobs[0].Notices))
            .Concat(_troubles.Select(static trouble => $"partition {trouble.Key} broke and begins anew: {trouble.Value}"))
            .Distinct(StringComparer.Ordinal).Take(20))
        {
            json.WriteStringValue(notice);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private sealed class NodeSum(Dictionary<string, long> last)
    {
        public NodeReport? Report { get; set; }

        public DateTimeOffset Seen { get; set; }

        public Dictionary<string, long> Last { get; } = last;

        public Dictionary<string, long> Sum { get; } = new(StringComparer.Ordinal);
    }
}
