using Akka.Actor;
using Akka.Serialization;
using Google.Protobuf;
using Sluice.Actors.Core.Partitions;
using Sluice.Cluster.Exchanges;
using Sluice.Cluster.Jobs;
using Sluice.Cluster.Models;
using Sluice.Cluster.Nodes;
using Sluice.Streams.Documents;
using Sluice.Streams.Ledger;

namespace Sluice.Cluster.Wire;

/// <summary>Jobs, nodes, taps and models as they travel.</summary>
internal sealed class ControlWire(ExtendedActorSystem system)
{
    private const int StreamRefSerializer = 30;

    public (ByteString Bytes, string Manifest) WriteReference(object reference)
    {
        var serializer = (SerializerWithStringManifest)system.Serialization.FindSerializerFor(reference);
        return (ByteString.CopyFrom(serializer.ToBinary(reference)), serializer.Manifest(reference));
    }

    /// <summary>Reads a stream reference, with the engine's serializer for those and no other.</summary>
    public object ReadReference(ByteString bytes, string manifest) =>
        system.Serialization.Deserialize(bytes.ToByteArray(), StreamRefSerializer, manifest);

    public Proto.TapOpened Write(TapOpened opened)
    {
        var (bytes, manifest) = WriteReference(opened.Source);
        return new Proto.TapOpened { Tap = opened.Tap, Source = bytes, SourceManifest = manifest };
    }

    public static Proto.GroupsStored Write(GroupsStored stored)
    {
        var wire = new Proto.GroupsStored { Number = stored.Number };
        foreach (var group in stored.Groups)
        {
            wire.Groups.Add(BulkWire.Write(group));
        }

        return wire;
    }

    public static GroupsStored Read(Proto.GroupsStored wire) => new(wire.Number, [.. wire.Groups.Select(BulkWire.Read)]);

    public static Proto.NodeReport Write(NodeReport report)
    {
        var wire = new Proto.NodeReport
        {
            Address = report.Address,
            Incarnation = report.Incarnation,
            Roles = { report.Roles },
            Program = report.Program,
            Protocol = report.Protocol,
            Memory = report.Memory,
            Draining = report.Draining,
            Device = report.Device,
        };
        foreach (var job in report.Jobs)
        {
            var written = new Proto.JobReport { Job = job.Job, Notices = { job.Notices } };
            foreach (var (name, count) in job.Counts)
            {
                written.Counts.Add(name, count);
            }

            foreach (var gauge in job.Gauges)
            {
                written.Gauges.Add(new Proto.Gauge { Name = gauge.Name, Fill = gauge.Fill, Bound = gauge.Bound, Unit = gauge.Unit });
            }

            wire.Jobs.Add(written);
        }

        return wire;
    }

    public static NodeReport Read(Proto.NodeReport wire) => new(
        wire.Address,
        wire.Incarnation,
        [.. wire.Roles],
        wire.Program,
        wire.Protocol,
        wire.Memory,
        wire.Draining,
        [.. wire.Jobs.Select(static job => new JobReport(
            job.Job,
            new Dictionary<string, long>(job.Counts, StringComparer.Ordinal),
            [.. job.Gauges.Select(static gauge => new GaugeReport(gauge.Name, gauge.Fill, gauge.Bound, gauge.Unit))],
            [.. job.Notices]))])
    {
        Device = wire.Device,
    };

    public static Proto.NodesKnown Write(NodesKnown known) => new() { Nodes = { known.Nodes.Select(Write) } };

    public static NodesKnown Read(Proto.NodesKnown wire) => new([.. wire.Nodes.Select(Read)]);

    public static Proto.JobBoard Write(JobBoard board)
    {
        var wire = new Proto.JobBoard { Number = board.Number, Refused = board.Refused ?? "", Epoch = board.Epoch };
        foreach (var ticket in board.Jobs)
        {
            wire.Jobs.Add(Write(ticket));
        }

        return wire;
    }

    public static JobBoard Read(Proto.JobBoard wire) => new(wire.Number, [.. wire.Jobs.Select(Read)], wire.Refused.Length > 0 ? wire.Refused : null) { Epoch = wire.Epoch };

    public static Proto.ModelFound Write(ModelFound found)
    {
        var wire = new Proto.ModelFound { Name = found.Model, Fingerprint = found.Fingerprint };
        foreach (var file in found.Files)
        {
            wire.Files.Add(new Proto.ModelFile { Path = file.Path, Length = file.Length, Sha256 = ByteString.CopyFrom(file.Sha256.Span) });
        }

        return wire;
    }

    public static ModelFound Read(Proto.ModelFound wire) =>
        new(wire.Name, wire.Fingerprint, [.. wire.Files.Select(static file => new ModelFile(file.Path, file.Length, file.Sha256.Memory))]);

    private static Proto.JobTicket Write(JobTicket ticket) => new()
    {
        Id = ticket.Id,
        Name = ticket.Name,
        Sources = { ticket.Sources },
        Settings = ticket.Settings,
        Weight = ticket.Weight,
        Source = ticket.Source,
        Partitions = ticket.Partitions,
        ModelFingerprint = ticket.ModelFingerprint,
        Walk = ticket.Walk is { } walk
            ? new Proto.Walk { Id = walk.Id, Scope = walk.Spec.Scope.ToString(), Sink = walk.Spec.Sink, Configuration = walk.Spec.Configuration, Root = walk.Root ?? "" }
            : null,
    };

    private static JobTicket Read(Proto.JobTicket wire) => new(wire.Id, wire.Name, [.. wire.Sources], wire.Settings, wire.Weight)
    {
        Source = wire.Source,
        Partitions = wire.Partitions,
        ModelFingerprint = wire.ModelFingerprint,
        Walk = wire.Walk is { } walk
            ? new Walk(walk.Id, new WalkSpec(SourceScope.Parse(walk.Scope), walk.Sink, walk.Configuration), null) { Root = walk.Root.Length == 0 ? null : walk.Root }
            : null,
    };
}
