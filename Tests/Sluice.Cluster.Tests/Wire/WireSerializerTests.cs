using System.Text.Json;
using Akka.Actor;
using Akka.Configuration;
using Akka.Streams;
using Akka.Streams.Dsl;
using Sluice.Actors.Core.Partitions;
using Sluice.Cluster.Exchanges;
using Sluice.Cluster.Joining;
using Sluice.Cluster.Models;
using Sluice.Cluster.Wire;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Cluster.Tests.Wire;

/// <summary>What travels between nodes: every message there and back, and as an earlier release wrote it.</summary>
public sealed class WireSerializerTests : IAsyncLifetime
{
    private static readonly JsonSerializerOptions s_json = new() { Converters = { new MemoryConverter(), new ActorConverter(), new EmbeddingConverter() }, NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals };
    private readonly ActorSystem _system = ActorSystem.Create(
        "wire",
        ConfigurationFactory.ParseString("akka.actor.provider = remote\nakka.loglevel = WARNING").WithFallback(ClusterConfiguration.Build(new ClusterOptions { Name = "wire", Port = 0 }, ["embed"])));

    private IActorRef Owner => _system.ActorOf(Props.Create(() => new Silent()), "owner-" + Guid.NewGuid().ToString("N"));

    public Task InitializeAsync()
    {
        _system.Materializer();
        return Task.CompletedTask;
    }

    public Task DisposeAsync() => _system.Terminate();

    [Fact]
    public void Types_OfTheWholeList_HaveASample()
    {
        var sampled = WireSamples.All(Owner, Owner).Values.Select(static sample => sample.GetType()).ToHashSet();
        WireSerializer.Types.Where(type => !sampled.Contains(type)).ShouldBe([typeof(TapOpened), typeof(ModelOpened)]);
    }

    [Fact]
    public void FromBinary_OfToBinary_IsTheSame()
    {
        foreach (var (name, sample) in WireSamples.All(Owner, Owner))
        {
            var serializer = _system.Serialization.FindSerializerFor(sample).ShouldBeOfType<WireSerializer>(name);
            var read = serializer.FromBinary(serializer.ToBinary(sample), serializer.Manifest(sample));
            read.ShouldBeOfType(sample.GetType(), name);
            Text(read).ShouldBe(Text(sample), name);
        }
    }

    [Fact]
    public void FromBinary_BytesOfTheProtocolsFirstRelease_ReadTheSame()
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "Wire", "Data");
        var samples = WireSamples.All(ActorRefs.Nobody, null);
        var serializer = new WireSerializer((ExtendedActorSystem)_system);
        foreach (var (name, sample) in samples)
        {
            var bytes = Convert.FromBase64String(File.ReadAllText(Path.Combine(folder, name + ".v2.base64")));
            Text(serializer.FromBinary(bytes, "s")).ShouldBe(Text(sample), name);
        }

        Directory.GetFiles(folder).Length.ShouldBe(samples.Count);
    }

    /// <summary>Groups are written without the generated classes: byte for byte what those wrote.</summary>
    [Theory]
    [InlineData("chunk-group")]
    [InlineData("vector-group")]
    [InlineData("image-group")]
    public void ToBinary_OfAGroup_IsWhatTheProtocolsFirstReleaseWrote(string name)
    {
        var serializer = new WireSerializer((ExtendedActorSystem)_system);
        var bytes = serializer.ToBinary(WireSamples.All(ActorRefs.Nobody, null)[name]);
        Convert.ToBase64String(bytes).ShouldBe(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Wire", "Data", name + ".v2.base64")).Trim());
    }

    [Theory]
    [InlineData("chunk-group")]
    [InlineData("vector-group")]
    [InlineData("image-group")]
    public void FromBinary_AGroupThatIsCutShortOrDamaged_IsAnErrorInWords(string name)
    {
        var serializer = new WireSerializer((ExtendedActorSystem)_system);
        var bytes = serializer.ToBinary(WireSamples.All(ActorRefs.Nobody, null)[name]);
        for (var length = 8; length < bytes.Length; length++)
        {
            Should.Throw<InvalidDataException>(() => serializer.FromBinary(bytes[..length], "s"), $"{length} of {bytes.Length} bytes");
        }

        var random = new Random(3);
        for (var attempt = 0; attempt < 2_000; attempt++)
        {
            var damaged = bytes.ToArray();
            damaged[random.Next(damaged.Length)] ^= (byte)random.Next(1, 256);
            try
            {
                serializer.FromBinary(damaged, "s");
            }
            catch (Exception exception) when (exception is InvalidDataException or Google.Protobuf.InvalidProtocolBufferException)
            {
                // As it should be; anything else fails the test.
            }
        }
    }

    [Fact]
    public void FromBinary_AGroupOfALaterRelease_PassesOverWhatItDoesNotKnow()
    {
        var serializer = new WireSerializer((ExtendedActorSystem)_system);
        var sample = WireSamples.All(ActorRefs.Nobody, null)["chunk-group"];
        byte[] added = [0xF8, 0x7F, 5, 0xFA, 0x7F, 2, 1, 2, 0xF9, 0x7F, 1, 2, 3, 4, 5, 6, 7, 8, 0xFD, 0x7F, 1, 2, 3, 4]; // Field 2,047 in each of its forms.
        Text(serializer.FromBinary([.. serializer.ToBinary(sample), .. added], "s")).ShouldBe(Text(sample));
    }

    /// <summary>A frame that is too large is dropped by the engine, and the acknowledgement would be sent again for ever.</summary>
    [Fact]
    public void ToBinary_AcknowledgementsOfManyLongFailures_FitAFrame()
    {
        var document = DocumentId.FromUri("file:///a");
        var text = new string('a', 199) + string.Concat(Enumerable.Repeat("\U0001F600", 50_000));
        var chunk = new Chunk(ChunkId.Create(document, "a", 0), text, ReadOnlyMemory<int>.Empty, new Place(0, text.Length))
        {
            HeadingPath = [text],
            Metadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["author"] = text },
        };
        var failures = Enumerable.Repeat(new ChunkFailure(chunk, Rejection.Dead("refused-by-sink", text)), 16).ToList();
        var stored = new GroupsStored(1, [.. Enumerable.Range(0, 256).Select(sequence => new GroupStored(new GroupId(document, 1, sequence), [], failures))]);

        var serializer = new WireSerializer((ExtendedActorSystem)_system);
        var bytes = serializer.ToBinary(stored);
        bytes.Length.ShouldBeLessThan(16 * 1024 * 1024);
        var read = serializer.FromBinary(bytes, serializer.Manifest(stored)).ShouldBeOfType<GroupsStored>().Groups[255].Failures[15];
        read.Chunk.Text.ShouldBe(new string('a', 199), "no half of a surrogate pair");
        read.Rejection.Message.Length.ShouldBeInRange(400, 500);
    }

    [Fact]
    public async Task FromBinary_StreamReferences_AreTheSame()
    {
        var serializer = new WireSerializer((ExtendedActorSystem)_system);
        var source = await Source.Empty<ChunkGroup>().RunWith(StreamRefs.SourceRef<ChunkGroup>(), _system.Materializer());
        var opened = serializer.FromBinary(serializer.ToBinary(new TapOpened(4, 5, source)), "s").ShouldBeOfType<TapOpened>();
        (opened.Job, opened.Tap).ShouldBe((4, 5));
        opened.Source.ShouldBeAssignableTo<ISourceRef<ChunkGroup>>();
        var pieces = await Source.Empty<FilePiece>().RunWith(StreamRefs.SourceRef<FilePiece>(), _system.Materializer());
        var model = serializer.FromBinary(serializer.ToBinary(new ModelOpened("m", "f", pieces)), "s").ShouldBeOfType<ModelOpened>();
        (model.Model, model.Fingerprint).ShouldBe(("m", "f"));
        model.Source.ShouldBeAssignableTo<ISourceRef<FilePiece>>();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(WireFormat.Version + 1)]
    public void FromBinary_OfAnotherProtocol_SaysSo(uint version)
    {
        var serializer = new WireSerializer((ExtendedActorSystem)_system);
        var envelope = serializer.Wrap(new TapRefused(1, "x"));
        envelope.Version = version;
        Should.Throw<InvalidDataException>(() => serializer.FromBinary(Google.Protobuf.MessageExtensions.ToByteArray(envelope), "s"))
            .Message.ShouldContain($"protocol {version} came from another node; this one speaks {WireFormat.Version}");
    }

    [Fact]
    public void FromBinary_AnEmptyOrUnknownBody_IsRefused()
    {
        var serializer = new WireSerializer((ExtendedActorSystem)_system);
        Should.Throw<InvalidDataException>(() => serializer.FromBinary(Google.Protobuf.MessageExtensions.ToByteArray(WireFormat.Envelope()), "s"));
        Should.Throw<InvalidDataException>(() => serializer.FromBinary([255, 255, 255], "s"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Deserialize_ByTheEnginesReflectiveSerializers_IsRefused(int identifier) =>
        Should.Throw<Exception>(() => _system.Serialization.Deserialize("{\"$type\":\"System.IO.FileInfo\"}"u8.ToArray(), identifier, "System.IO.FileInfo, System.Private.CoreLib"))
            .ToString().ShouldContain("not on the list of those that travel between nodes");

    [Fact]
    public void FindSerializerFor_AnythingElse_IsRefused() =>
        Should.Throw<NotSupportedException>(() => _system.Serialization.FindSerializerFor(new Version(1, 2)).ToBinary(new Version(1, 2))).Message.ShouldContain("not on the list");

    private static string Text(object message) => JsonSerializer.Serialize(message, message.GetType(), s_json);

    private sealed class Silent : ReceiveActor;
}
