using Akka.Actor;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Monitoring;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Core.Embedding;

/// <summary>Owns one session of a model. Runs what its parent sends, one batch at a time; dies of a batch that breaks the session, after telling why.</summary>
internal sealed class SessionActor : ReceiveActor
{
    private readonly Func<IEmbedder> _open;
    private readonly StageMeter _meter;
    private readonly CancellationTokenSource _stopped = new();
    private IEmbedder? _embedder;
    private Task _running = Task.CompletedTask;
    private Task<object> _opening = Task.FromResult<object>(new Opened());

    public SessionActor(Func<IEmbedder> open, StageMeter meter)
    {
        _open = open;
        _meter = meter;
        Receive<SessionReady>(message =>
        {
            _embedder = message.Embedder;
            Context.Parent.Tell(new Opened());
        });
        Receive<Run>(run =>
        {
            var embedding = RunAsync(_embedder!, run);
            _running = embedding;
            embedding.PipeTo(Self);
        });
        Receive<Done>(done => Context.Parent.Tell(done));
        Receive<Failed>(failed =>
        {
            Context.Parent.Tell(failed);
            if (failed.Exception is not EmbedderOutOfMemoryException)
            {
                Context.Stop(Self);
            }
        });
    }

    public static Props Props(Func<IEmbedder> open, StageMeter meter) =>
        Akka.Actor.Props.Create(() => new SessionActor(open, meter));

    protected override void PreStart()
    {
        var (open, token) = (_open, _stopped.Token);
        _opening = Task.Run<object>(
            async () =>
            {
                IEmbedder? embedder = null;
                try
                {
                    embedder = open();
                    await embedder.LoadAsync(token);
                    return new SessionReady(embedder);
                }
                catch (Exception exception)
                {
                    if (embedder is not null)
                    {
                        await embedder.DisposeAsync();
                    }

                    return new Failed(exception, WhileOpening: true);
                }
            });
        _opening.PipeTo(Self, failure: static exception => new Failed(exception, WhileOpening: true));
    }

    protected override void PostStop()
    {
        _stopped.Cancel();
        _ = CloseAsync(_running, _opening, _stopped);
    }

    /// <summary>Closes the embedder, also one that is only open when this actor is gone: nobody else knows of it.</summary>
    private static async Task CloseAsync(Task running, Task<object> opening, CancellationTokenSource stopped)
    {
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (opening.IsCompletedSuccessfully && await opening is SessionReady ready)
        {
            await ready.Embedder.DisposeAsync();
        }

        stopped.Dispose();
    }

    private async Task<object> RunAsync(IEmbedder embedder, Run run)
    {
        var token = _stopped.Token;
        return await Task.Run<object>(async () =>
        {
            var begun = _meter.BeginWork();
            try
            {
                var embeddings = await (run.Images is { } images ? embedder.EmbedImagesAsync(images, token) : embedder.EmbedAsync(run.Texts!, token));
                return new Done(embeddings, _meter.EndWork(begun));
            }
            catch (Exception exception)
            {
                _meter.EndWork(begun);
                return new Failed(exception, WhileOpening: false);
            }
            finally
            {
                _meter.Count(1, run.Count);
            }
        });
    }

    /// <summary>To the parent: batches are welcome.</summary>
    public sealed record Opened;

    /// <summary>To this actor: embed these texts, or these images; answered with <see cref="Done"/> or <see cref="Failed"/>.</summary>
    public sealed record Run(IReadOnlyList<ReadOnlyMemory<int>>? Texts, IReadOnlyList<PreparedImage>? Images)
    {
        /// <summary>How many.</summary>
        public int Count => Images?.Count ?? Texts!.Count;
    }

    /// <summary>To the parent: the embeddings, in order, and how long the model took.</summary>
    public sealed record Done(IReadOnlyList<Streams.Vectors.Embedding> Embeddings, TimeSpan Elapsed);

    /// <summary>To the parent: it failed.</summary>
    public sealed record Failed(Exception Exception, bool WhileOpening);

    private sealed record SessionReady(IEmbedder Embedder);
}
