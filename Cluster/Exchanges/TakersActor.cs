using Akka;
using Akka.Actor;
using Akka.Cluster;
using Akka.Streams.Dsl;
using Sluice.Cluster.Nodes;
using Microsoft.Extensions.Logging;

namespace Sluice.Cluster.Exchanges;

/// <summary>Keeps one taker for every node that offers a stage of a job: they come and go with the members.</summary>
internal sealed class TakersActor<T> : ReceiveActor
{
    private readonly Dictionary<UniqueAddress, IActorRef> _takers = [];
    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);
    private readonly (long Job, Stage Stage, Func<Member, bool> Offers) _what;
    private readonly Sink<T, NotUsed> _into;
    private readonly ILogger _logger;
    private bool _draining;

    public TakersActor(long job, Stage stage, Func<Member, bool> offers, Sink<T, NotUsed> into, ILogger logger)
    {
        _what = (job, stage, offers);
        _into = into;
        _logger = logger;
        Receive<ClusterEvent.CurrentClusterState>(state =>
        {
            foreach (var member in state.Members)
            {
                Add(member);
            }
        });
        Receive<ClusterEvent.MemberUp>(up => Add(up.Member));
        Receive<ClusterEvent.MemberRemoved>(removed =>
        {
            if (_takers.Remove(removed.Member.UniqueAddress, out var taker))
            {
                Context.Stop(taker);
            }
        });
        Receive<Drain>(message =>
        {
            _draining = true;
            foreach (var taker in _takers.Values)
            {
                taker.Tell(message);
            }
        });
    }

    public static Props Props(long job, Stage stage, Func<Member, bool> offers, Sink<T, NotUsed> into, ILogger logger) =>
        Akka.Actor.Props.Create(() => new TakersActor<T>(job, stage, offers, into, logger));

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(static _ => Directive.Restart);

    protected override void PreStart() =>
        _cluster.Subscribe(Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsSnapshot, typeof(ClusterEvent.MemberUp), typeof(ClusterEvent.MemberRemoved));

    protected override void PostStop() => _cluster.Unsubscribe(Self);

    private void Add(Member member)
    {
        if (_draining || member.Status is not (MemberStatus.Up or MemberStatus.Leaving) || !NodeRoles.SpeaksOurs(member) || !_what.Offers(member) || _takers.ContainsKey(member.UniqueAddress))
        {
            return;
        }

        var settings = new TakerSettings(_what.Job, _what.Stage, member.Address, 500, _logger);
        _takers.Add(member.UniqueAddress, Context.ActorOf(TakerActor<T>.Props(settings, _into), $"from-{member.UniqueAddress.Uid}"));
    }
}
