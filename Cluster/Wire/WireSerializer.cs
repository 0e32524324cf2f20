using Akka.Actor;
using Akka.Serialization;
using Google.Protobuf;
using Sluice.Actors.Core.Partitions;
using Sluice.Cluster.Exchanges;
using Sluice.Cluster.Jobs;
using Sluice.Cluster.Models;
using Sluice.Cluster.Nodes;
using Sluice.Streams.Chunks;
using Sluice.Streams.Vectors;
using Envelope = Sluice.Cluster.Wire.Proto.Envelope;
using Kind = Sluice.Cluster.Wire.Proto.Envelope.BodyOneofCase;

namespace Sluice.Cluster.Wire;

/// <summary>
/// The one serializer of what Sluice sends between nodes: a closed list of messages, each of a Protobuf type of its own. No type name from the wire is looked up.
/// </summary>
public sealed class WireSerializer : SerializerWithStringManifest
{
    private const string Name = "s";

    private readonly GroupWire _groups;
    private readonly ControlWire _control;

    /// <summary>Made by the engine.</summary>
    /// <param name="system">The system it works for.</param>
    public WireSerializer(ExtendedActorSystem system)
        : base(system)
    {
        _groups = new GroupWire(new ActorPaths(system));
        _control = new ControlWire(system);
    }

    /// <summary>Number of this serializer among the engine's; never changes.</summary>
    public override int Identifier => 5_301;

    /// <summary>The messages that travel.</summary>
    internal static IReadOnlyList<Type> Types { get; } =
    [
        typeof(ChunkGroup), typeof(VectorGroup), typeof(FilePiece),
        typeof(OpenTap), typeof(TapOpened), typeof(TapRefused), typeof(CloseTap), typeof(GroupsStored), typeof(GroupsStoredTaken),
        typeof(ReportNode), typeof(JobBoard), typeof(RunPartition), typeof(PartitionEnded), typeof(PartitionFailed), typeof(AskNodes), typeof(NodesKnown), typeof(LeaveNode),
        typeof(FindModel), typeof(ModelFound), typeof(FetchModel), typeof(ModelOpened),
    ];

    /// <inheritdoc/>
    public override string Manifest(object o) => Name;

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj)
    {
        var envelope = Wrap(obj);
        return obj switch
        {
            ChunkGroup group => GroupWire.Write(envelope, group),
            VectorGroup group => GroupWire.Write(envelope, group),
            _ => envelope.ToByteArray(),
        };
    }

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, string manifest)
    {
        var reader = new WireReader(bytes);
        for (var start = 0; reader.Next(out var field); start = reader.Position)
        {
            if (field is GroupWire.ChunksField or GroupWire.VectorsField)
            {
                var body = reader.Bytes();
                var around = Envelope.Parser.ParseFrom(bytes, 0, start);
                around.MergeFrom(bytes.AsSpan(reader.Position));
                Check(around);
                var (attempt, trace) = ((int)around.Attempt, WireFormat.Trace(around));
                return field == GroupWire.ChunksField ? _groups.ReadChunks(body, attempt) with { Trace = trace } : WithTrace(_groups.ReadVectors(body, attempt), trace);
            }

            reader.Skip();
        }

        var envelope = Envelope.Parser.ParseFrom(bytes);
        Check(envelope);
        return Unwrap(envelope);
    }

    private static void Check(Envelope envelope)
    {
        if (envelope.Version != WireFormat.Version)
        {
            throw new InvalidDataException($"A message of protocol {envelope.Version} came from another node; this one speaks {WireFormat.Version}. Run the same release on all nodes.");
        }
    }

    /// <summary>Puts a message into its envelope; one of a group has no body, which is written apart.</summary>
    internal Envelope Wrap(object message)
    {
        var envelope = message switch
        {
            ChunkGroup group => WireFormat.Envelope(attempt: group.Attempt, trace: group.Trace ?? ""),
            VectorGroup group => WireFormat.Envelope(attempt: group.Group.Attempt, trace: group.Group.Trace ?? ""),
            OpenTap open => WireFormat.Envelope(open.Job),
            TapOpened opened => WireFormat.Envelope(opened.Job),
            TapRefused refused => WireFormat.Envelope(refused.Job),
            CloseTap close => WireFormat.Envelope(close.Job),
            RunPartition run => WireFormat.Envelope(run.Job),
            PartitionEnded ended => WireFormat.Envelope(ended.Job),
            PartitionFailed failed => WireFormat.Envelope(failed.Job),
            _ => WireFormat.Envelope(),
        };
        switch (message)
        {
            case ChunkGroup or VectorGroup: break;
            case FilePiece piece: envelope.FilePiece = BulkWire.Write(piece); break;
            case OpenTap open: envelope.OpenTap = new Proto.OpenTap { Stage = (int)open.Stage }; break;
            case TapOpened opened: envelope.TapOpened = _control.Write(opened); break;
            case TapRefused refused: envelope.TapRefused = new Proto.TapRefused { Reason = refused.Reason }; break;
            case CloseTap close: envelope.CloseTap = new Proto.CloseTap { Tap = close.Tap, Drain = close.Drain }; break;
            case GroupsStored stored: envelope.GroupsStored = ControlWire.Write(stored); break;
            case GroupsStoredTaken taken: envelope.GroupsStoredTaken = new Proto.GroupsStoredTaken { Number = taken.Number }; break;
            case ReportNode report: envelope.NodeReport = ControlWire.Write(report.Report); break;
            case JobBoard board: envelope.JobBoard = ControlWire.Write(board); break;
            case RunPartition run: envelope.RunPartition = new Proto.RunPartition { Job = run.Job, Index = run.Index, Walk = run.Walk, Listed = run.Listed, Place = run.Place }; break;
            case PartitionEnded ended: envelope.PartitionEnded = new Proto.PartitionEnded { Job = ended.Job, Walk = ended.Walk, Index = ended.Index }; break;
            case PartitionFailed failed:
                envelope.PartitionFailed = new Proto.PartitionFailed { Job = failed.Job, Walk = failed.Walk, Index = failed.Index, Reason = failed.Reason, Final = failed.Final, UnableAt = failed.UnableAt + 1 ?? 0 };
                break;
            case AskNodes: envelope.AskNodes = new Proto.AskNodes(); break;
            case NodesKnown known: envelope.NodesKnown = ControlWire.Write(known); break;
            case LeaveNode: envelope.LeaveNode = new Proto.LeaveNode(); break;
            case FindModel find: envelope.FindModel = new Proto.FindModel { Name = find.Model, Fingerprint = find.Fingerprint }; break;
            case ModelFound found: envelope.ModelFound = ControlWire.Write(found); break;
            case FetchModel fetch: envelope.FetchModel = new Proto.FetchModel { Name = fetch.Model, Fingerprint = fetch.Fingerprint }; break;
            case ModelOpened opened:
                var (bytes, manifest) = _control.WriteReference(opened.Source);
                envelope.ModelOpened = new Proto.ModelOpened { Source = bytes, SourceManifest = manifest, Name = opened.Model, Fingerprint = opened.Fingerprint };
                break;
            default: throw new NotSupportedException($"{message.GetType()} is not on the list of messages that travel between nodes.");
        }

        return envelope;
    }

    internal object Unwrap(Envelope envelope)
    {
        var job = envelope.Job;
        return envelope.BodyCase switch
        {
            Kind.FilePiece => BulkWire.Read(envelope.FilePiece),
            Kind.OpenTap => new OpenTap(job, (Stage)envelope.OpenTap.Stage),
            Kind.TapOpened => new TapOpened(job, envelope.TapOpened.Tap, _control.ReadReference(envelope.TapOpened.Source, envelope.TapOpened.SourceManifest)),
            Kind.TapRefused => new TapRefused(job, envelope.TapRefused.Reason),
            Kind.CloseTap => new CloseTap(job, envelope.CloseTap.Tap, envelope.CloseTap.Drain),
            Kind.GroupsStored => ControlWire.Read(envelope.GroupsStored),
            Kind.GroupsStoredTaken => new GroupsStoredTaken(envelope.GroupsStoredTaken.Number),
            Kind.NodeReport => new ReportNode(ControlWire.Read(envelope.NodeReport)),
            Kind.JobBoard => ControlWire.Read(envelope.JobBoard),
            Kind.RunPartition => new RunPartition(envelope.RunPartition.Job, envelope.RunPartition.Index, envelope.RunPartition.Walk, envelope.RunPartition.Listed) { Place = envelope.RunPartition.Place },
            Kind.PartitionEnded => new PartitionEnded(envelope.PartitionEnded.Job, envelope.PartitionEnded.Walk, envelope.PartitionEnded.Index),
            Kind.PartitionFailed => new PartitionFailed(
                envelope.PartitionFailed.Job, envelope.PartitionFailed.Walk, envelope.PartitionFailed.Index, envelope.PartitionFailed.Reason, envelope.PartitionFailed.Final)
            {
                UnableAt = envelope.PartitionFailed.UnableAt is > 0 and var place ? place - 1 : null,
            },
            Kind.AskNodes => AskNodes.Instance,
            Kind.NodesKnown => ControlWire.Read(envelope.NodesKnown),
            Kind.LeaveNode => LeaveNode.Instance,
            Kind.FindModel => new FindModel(envelope.FindModel.Name, envelope.FindModel.Fingerprint),
            Kind.ModelFound => ControlWire.Read(envelope.ModelFound),
            Kind.FetchModel => new FetchModel(envelope.FetchModel.Name, envelope.FetchModel.Fingerprint),
            Kind.ModelOpened => new ModelOpened(
                envelope.ModelOpened.Name,
                envelope.ModelOpened.Fingerprint,
                _control.ReadReference(envelope.ModelOpened.Source, envelope.ModelOpened.SourceManifest)),
            _ => throw new InvalidDataException("A message of an unknown kind came from another node. Run the same release on all nodes."),
        };
    }

    private static VectorGroup WithTrace(VectorGroup group, string? trace) => trace is null ? group : group with { Group = group.Group with { Trace = trace } };
}
