using Akka;
using Akka.Actor;
using Akka.Cluster;
using Akka.Streams;
using Akka.Streams.Dsl;
using Microsoft.Extensions.Logging;
using Sluice.Cluster.Nodes;

namespace Sluice.Cluster.Models;

/// <summary>
/// Brings models to nodes that lack them: asks the other nodes, takes the files from the first that has the model as a stream, checks every file's hash, and puts the
/// folder into the model cache in one step.
/// </summary>
internal sealed class ModelsActor : ReceiveActor, IWithTimers
{
    /// <summary>Its name below the user guardian, the same on every node.</summary>
    public const string Name = "models";

    private static readonly TimeSpan s_askTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_idleTimeout = TimeSpan.FromSeconds(60);

    private readonly NodeServices _services;
    private readonly ILogger _logger;
    private readonly IMaterializer _materializer = Context.Materializer();
    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);
    private readonly Dictionary<(string Name, string Fingerprint), Search> _searches = [];

    public ModelsActor(NodeServices services)
    {
        _services = services;
        _logger = services.Loggers.CreateLogger<ModelsActor>();
        Receive<GetModel>(OnGet);
        Receive<FindModel>(OnFind);
        Receive<FetchModel>(OnFetch);
        Receive<ModelFound>(OnFound);
        Receive<ModelOpened>(OnOpened);
        Receive<Fetched>(OnFetched);
        Receive<AskedLongEnough>(asked => Fail(asked.Key, "none answered that it has it"));
        Receive<FetchedLongEnough>(fetched => Fail(fetched.Key, $"{fetched.From} said that it has it, and did not begin to send it within {s_askTimeout.TotalSeconds:0} s"));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(NodeServices services) => Akka.Actor.Props.Create(() => new ModelsActor(services));

    protected override void PreRestart(Exception reason, object message)
    {
        foreach (var key in _searches.Keys.ToArray())
        {
            Fail(key, $"the search broke: {reason.Message}"); // It forgets them: nobody else would answer.
        }

        base.PreRestart(reason, message);
    }

    private void OnGet(GetModel get)
    {
        var key = (get.Model, get.Fingerprint);
        if (_searches.TryGetValue(key, out var running))
        {
            running.Askers.Add(Sender);
            return;
        }

        var search = new Search(Sender);
        _searches.Add(key, search);
        foreach (var member in _cluster.State.Members)
        {
            if (member.Status is MemberStatus.Up && !member.UniqueAddress.Equals(_cluster.SelfUniqueAddress) && NodeRoles.SpeaksOurs(member))
            {
                search.Asked.Add(member.Address.ToString());
                Context.ActorSelection(new RootActorPath(member.Address) / "user" / Name).Tell(new FindModel(get.Model, get.Fingerprint));
            }
        }

        if (search.Asked.Count == 0)
        {
            Fail(key, "there is none");
            return;
        }

        Timers.StartSingleTimer(key, new AskedLongEnough(key), s_askTimeout);
    }

    private void OnFind(FindModel find)
    {
        if (_services.Workshop.FindModel(find.Model, find.Fingerprint) is { } folder)
        {
            Task.Run(() => new ModelFound(find.Model, find.Fingerprint, ModelFiles.List(folder)))
                .PipeTo(Sender, Self, failure: exception => Lost(find.Model, find.Fingerprint, exception.Message));
        }
    }

    private void OnFetch(FetchModel fetch)
    {
        if (_services.Workshop.FindModel(fetch.Model, fetch.Fingerprint) is { } folder)
        {
            Source.FromEnumerator(() => ModelFiles.Read(folder).GetEnumerator())
                .RunWith(StreamRefs.SourceRef<FilePiece>().WithAttributes(StreamRefAttributes.CreateBufferCapacity(4)), _materializer)
                .PipeTo(Sender, Self, success: source => new ModelOpened(fetch.Model, fetch.Fingerprint, source), failure: exception => Lost(fetch.Model, fetch.Fingerprint, exception.Message));
        }
        else
        {
            Sender.Tell(Lost(fetch.Model, fetch.Fingerprint, "it is gone"));
        }
    }

    /// <summary>What is answered when a model is here, or was, and cannot be sent: that it has no files.</summary>
    private ModelFound Lost(string model, string fingerprint, string why)
    {
        ModelsLog.CannotSend(_logger, model, why);
        return new ModelFound(model, fingerprint, []);
    }

    private void OnFound(ModelFound found)
    {
        var key = (found.Model, found.Fingerprint);
        if (!_searches.TryGetValue(key, out var search))
        {
            return;
        }

        var from = Sender.Path.Address.ToString();
        if (found.Files.Count == 0)
        {
            if (Sender.Equals(search.From) && !search.IsFetching)
            {
                Fail(key, $"{from} had it and cannot send it any more; its log says why");
            }
        }
        else if (search.From is null)
        {
            (search.From, search.Files) = (Sender, found.Files);
            Timers.StartSingleTimer(key, new FetchedLongEnough(key, from), s_askTimeout); // It may die before it answers.
            ModelsLog.Fetching(_logger, found.Model, from, found.Files.Sum(static file => file.Length));
            Sender.Tell(new FetchModel(found.Model, found.Fingerprint));
        }
    }

    private void OnOpened(ModelOpened opened)
    {
        var key = (opened.Model, opened.Fingerprint);
        if (!_searches.TryGetValue(key, out var search) || search.IsFetching || !Sender.Equals(search.From))
        {
            return; // It came too late: the search has been given up, or is another one.
        }

        Timers.Cancel(key); // From here on the stream watches the node, and its own progress.
        search.IsFetching = true;
        ModelWriter writer;
        var place = "the model cache";
        try
        {
            place = _services.Workshop.PlaceForModel(opened.Model, opened.Fingerprint);
            writer = new ModelWriter(place, search.Files);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Fail(key, $"it cannot be written to '{place}': {exception.Message}");
            return;
        }

        ((ISourceRef<FilePiece>)opened.Source).Source
            .IdleTimeout(s_idleTimeout)
            .SelectAsync(1, async piece =>
            {
                await writer.WriteAsync(piece);
                return NotUsed.Instance;
            })
            .RunWith(Sink.Ignore<NotUsed>(), _materializer)
            .ContinueWith(task => writer.Complete(task), TaskScheduler.Default)
            .PipeTo(Self, success: error => new Fetched(key, error), failure: exception => new Fetched(key, exception.Message));
    }

    private void OnFetched(Fetched fetched)
    {
        if (fetched.Error is not null)
        {
            Fail(fetched.Key, fetched.Error);
        }
        else if (_searches.Remove(fetched.Key, out var search))
        {
            search.Askers.ForEach(static asker => asker.Tell(new ModelArrived()));
        }
    }

    private void Fail((string Name, string Fingerprint) key, string why)
    {
        if (_searches.Remove(key, out var search))
        {
            Timers.Cancel(key);
            var asked = search.Asked.Count == 0 ? why : $"asked {string.Join(", ", search.Asked)}: {why}";
            search.Askers.ForEach(asker => asker.Tell(new ModelMissing(asked)));
        }
    }

    /// <summary>To this actor: bring this model here. Answered with <see cref="ModelArrived"/> or <see cref="ModelMissing"/>.</summary>
    internal sealed record GetModel(string Model, string Fingerprint);

    /// <summary>The answer: it is in the model cache.</summary>
    internal sealed record ModelArrived;

    /// <summary>The answer: it cannot be had.</summary>
    internal sealed record ModelMissing(string Asked);

    private sealed record Fetched((string Name, string Fingerprint) Key, string? Error);

    private sealed record AskedLongEnough((string Name, string Fingerprint) Key);

    private sealed record FetchedLongEnough((string Name, string Fingerprint) Key, string From);

    private sealed class Search(IActorRef asker)
    {
        public List<IActorRef> Askers { get; } = [asker];

        public List<string> Asked { get; } = [];

        public IActorRef? From { get; set; }

        public bool IsFetching { get; set; }

        public IReadOnlyList<ModelFile> Files { get; set; } = [];
    }
}
