using Akka.Actor;
using Sluice.Actors.Core.Partitions;
using Sluice.Streams.Vectors;

namespace Sluice.Cluster.Exchanges;

/// <summary>
/// Tells owners on other nodes that their groups are stored, at least once: many groups a message, one message under way per owner, sent again until it is answered
/// or the owner is gone. A broken connection so costs a second, not a time-out.
/// </summary>
/// <remarks>Bounded by the owners' windows: an owner that does not answer has no more groups out than its window holds.</remarks>
internal sealed class CourierActor : ReceiveActor, IWithTimers
{
    private const int MaxGroups = 256;

    /// <summary>Failures after which a message takes no further group. At 700 characters and their places each it stays far below a frame.</summary>
    private const int MaxFailures = 1024;
    private static readonly TimeSpan s_again = TimeSpan.FromSeconds(1);

    private readonly Dictionary<IActorRef, Post> _posts = [];
    private long _number;

    public CourierActor()
    {
        Receive<Deliver>(deliver =>
        {
            if (!_posts.TryGetValue(deliver.To, out var post))
            {
                post = new Post();
                _posts.Add(deliver.To, post);
                Context.Watch(deliver.To);
            }

            post.Waiting.Enqueue(deliver.Stored);
            if (post.UnderWay is null)
            {
                Send(deliver.To, post);
            }
        });
        Receive<GroupsStoredTaken>(taken =>
        {
            if (_posts.TryGetValue(Sender, out var post) && post.UnderWay?.Number == taken.Number)
            {
                post.UnderWay = null;
                if (post.Waiting.Count > 0)
                {
                    Send(Sender, post);
                }
            }
        });
        Receive<Again>(_ =>
        {
            foreach (var (to, post) in _posts)
            {
                if (post.UnderWay is { } message && post.Aged)
                {
                    to.Tell(message);
                }

                post.Aged = true;
            }
        });
        Receive<Terminated>(terminated => _posts.Remove(terminated.ActorRef));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props() => Akka.Actor.Props.Create(() => new CourierActor());

    protected override void PreStart() => Timers.StartPeriodicTimer("again", new Again(), s_again);

    private void Send(IActorRef to, Post post)
    {
        var groups = new List<GroupStored>(Math.Min(post.Waiting.Count, MaxGroups));
        var failures = 0;
        while (groups.Count < MaxGroups && failures < MaxFailures && post.Waiting.TryDequeue(out var stored))
        {
            groups.Add(stored);
            failures += stored.Failures.Count;
        }

        post.UnderWay = new GroupsStored(++_number, groups);
        post.Aged = false;
        to.Tell(post.UnderWay);
    }

    /// <summary>To this actor: tell this one.</summary>
    public sealed record Deliver(IActorRef To, GroupStored Stored);

    private sealed record Again;

    private sealed class Post
    {
        public Queue<GroupStored> Waiting { get; } = new();

        public GroupsStored? UnderWay { get; set; }

        public bool Aged { get; set; }
    }
}
