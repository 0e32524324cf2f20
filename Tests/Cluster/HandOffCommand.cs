using System.Diagnostics;
using System.Globalization;
using Akka;
using Akka.Actor;
using Akka.Configuration;
using Akka.Streams;
using Akka.Streams.Dsl;
using Sluice.Cluster;
using Sluice.Cluster.Exchanges;
using Sluice.Cluster.Joining;
using Sluice.Cluster.Wire;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Vectors;

namespace Sluice.ClusterRuns;

/// <summary><c>handoff</c>: groups through the exchange from one node to another, against bare bytes of the same size through a bare stream reference.</summary>
internal static class HandOffCommand
{
    public static async Task<int> RunAsync()
    {
        Console.WriteLine("| payload | raw bytes a chunk | on the wire | overhead | bare stream reference | exchange | of bare |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        await using var pair = await NodePair.StartAsync();
        await CompareAsync(pair, "text chunks, 16 a group", index => Chunks(pair.Left, index, 16), static group => Raw(group), 20_000);
        await CompareAsync(pair, "dense vectors of 512, 16 a group", index => Vectors(pair.Left, index, 16, 512, 1), static group => Raw(group), 10_000);
        await CompareAsync(pair, "100 kB a chunk (200 x 128), 4 a group", index => Vectors(pair.Left, index, 4, 128, 200), static group => Raw(group), 1_000);
        return 0;
    }

    private static async Task CompareAsync<T>(NodePair pair, string name, Func<int, T> make, Func<T, long> raw, int count)
        where T : class
    {
        var sample = make(0);
        var bytes = new WireSerializer((ExtendedActorSystem)pair.Left).ToBinary(sample).Length;
        var chunks = sample is ChunkGroup group ? group.Chunks.Count : ((VectorGroup)(object)sample).Records.Count;
        var items = Enumerable.Range(0, 256).Select(make).ToArray();
        var payload = new byte[bytes];
        await pair.BareAsync(payload, count / 10);
        await pair.ExchangeAsync(items, count / 10);
        double bare = 0, ours = 0;
        for (var round = 0; round < 3; round++)
        {
            bare = Math.Max(bare, count / await pair.BareAsync(payload, count));
            ours = Math.Max(ours, count / await pair.ExchangeAsync(items, count));
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {raw(sample) / chunks:N0} | {bytes / chunks:N0} | {((double)bytes / raw(sample)) - 1:P1} | {bare:N0} groups/s, {bare * bytes / 1e6:N0} MB/s | {ours:N0} groups/s, {ours * bytes / 1e6:N0} MB/s | {ours / bare:P0} |"));
    }

    private static ChunkGroup Chunks(ActorSystem system, int index, int count)
    {
        var document = DocumentId.FromUri($"file:///corpus/document-{index}.md");
        var random = new Random(index);
        var chunks = Enumerable.Range(0, count).Select(number =>
        {
            var text = string.Join(' ', Enumerable.Range(0, 90).Select(_ => "word" + random.Next(10_000).ToString(CultureInfo.InvariantCulture)));
            return new Chunk(ChunkId.Create(document, text, number), text, Enumerable.Range(0, 120).Select(_ => random.Next(30_000)).ToArray(), new Place(number * 600, (number * 600) + 600) { Line = number });
        }).ToArray();
        return new ChunkGroup(new GroupId(document, 1, index), $"file:///corpus/document-{index}.md", chunks, system.DeadLetters);
    }

    private static VectorGroup Vectors(ActorSystem system, int index, int count, int dimension, int rows)
    {
        var group = Chunks(system, index, count);
        var random = new Random(index);
        var values = Enumerable.Range(0, dimension * rows).Select(_ => random.NextSingle()).ToArray();
        return new VectorGroup(
            group,
            [.. group.Chunks.Select(chunk => new VectorRecord(group.Id.Document, group.Uri, chunk, rows == 1 ? new DenseEmbedding(values) : new MultiVectorEmbedding(values, rows, dimension)))],
            []);
    }

    /// <summary>What has to travel at least: text in UTF-8, tokens of two bytes, floats, id and place.</summary>
    private static long Raw(object group) => group switch
    {
        ChunkGroup chunks => chunks.Chunks.Sum(static chunk => (long)System.Text.Encoding.UTF8.GetByteCount(chunk.Text) + (2 * chunk.Tokens.Length) + 16 + 16),
        VectorGroup vectors => vectors.Records.Sum(static record => System.Text.Encoding.UTF8.GetByteCount(record.Chunk.Text) + record.Embedding.Weight + 16 + 16),
        _ => 0,
    };

    /// <summary>Two actor systems that reach each other over loopback.</summary>
    private sealed class NodePair : IAsyncDisposable
    {
        private readonly ActorSystem _right;

        private NodePair(ActorSystem left, ActorSystem right)
        {
            Left = left;
            _right = right;
        }

        public ActorSystem Left { get; }

        public static Task<NodePair> StartAsync() => Task.FromResult(new NodePair(Start("left"), Start("right")));

        public async ValueTask DisposeAsync()
        {
            await Left.Terminate();
            await _right.Terminate();
        }

        /// <summary>Seconds for so many bare payloads.</summary>
        public async Task<double> BareAsync(byte[] payload, int count)
        {
            var reference = await Source.Repeat(payload).Take(count).RunWith(StreamRefs.SourceRef<byte[]>().WithAttributes(StreamRefAttributes.CreateBufferCapacity(16)), Left.Materializer());
            return await DrainAsync(reference);
        }

        /// <summary>Seconds for so many groups through an exchange.</summary>
        public async Task<double> ExchangeAsync<T>(T[] items, int count)
            where T : class
        {
            using var stop = new CancellationTokenSource();
            var exchange = new Exchange<GroupId, T>(static item => item is ChunkGroup group ? group.Id : ((VectorGroup)(object)item).Group.Id, static _ => { });
            _ = Source.Cycle(() => ((IEnumerable<T>)items).GetEnumerator()).Take(count).RunWith(exchange.Intake(stop.Token), Left.Materializer());
            var (source, _) = await new NodeExchange<T>(exchange).OpenAsync(1, 16, Left.Materializer(), stop.Token);
            var seconds = await DrainAsync((ISourceRef<T>)source, count, stop);
            return seconds;
        }

        private async Task<double> DrainAsync<T>(ISourceRef<T> reference, int? count = null, CancellationTokenSource? stop = null)
        {
            var there = Move(reference);
            var watch = Stopwatch.StartNew();
            var source = there.Source;
            await (count is { } known ? source.Take(known) : source).RunWith(Sink.Ignore<T>(), _right.Materializer());
            var seconds = watch.Elapsed.TotalSeconds;
            await (stop?.CancelAsync() ?? Task.CompletedTask);
            return seconds;
        }

        /// <summary>The reference as the other system has it.</summary>
        private ISourceRef<T> Move<T>(ISourceRef<T> reference)
        {
            var serializer = (Akka.Serialization.SerializerWithStringManifest)Left.Serialization.FindSerializerFor(reference);
            var bytes = Akka.Serialization.Serialization.WithTransport((ExtendedActorSystem)Left, () => serializer.ToBinary(reference));
            return (ISourceRef<T>)_right.Serialization.Deserialize(bytes, serializer.Identifier, serializer.Manifest(reference));
        }

        private static ActorSystem Start(string name)
        {
            var config = ClusterConfiguration.Build(new ClusterOptions { Name = name, Port = 0 }, ["embed"])
                .WithFallback(ConfigurationFactory.ParseString("akka.remote.dot-netty.tcp { maximum-frame-size = 16 MiB, send-buffer-size = 1 MiB, receive-buffer-size = 1 MiB }\nakka.loglevel = WARNING"));
            var system = ActorSystem.Create(name, ConfigurationFactory.ParseString("akka.actor.provider = remote").WithFallback(config));
            system.Materializer(); // Brings the serializer of stream references.
            return system;
        }
    }
}
