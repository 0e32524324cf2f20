using System.Collections.Concurrent;
using System.Net.Sockets;
using Sluice.Actors.Core.Indexing;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Core;

/// <summary>
/// What is asked of a database and its ledger before a run, and beside one (a comparison, a copy), under the policy of a run: what may pass is waited for, for as long as it lasts, and
/// said. Only a server that was never reached is told at once, see <see cref="MeetAsync"/>. Safe for concurrent use.
/// </summary>
public sealed class PatientQuestions
{
    private readonly ConcurrentDictionary<IVectorSink, SinkWriter> _writers = new(ReferenceEqualityComparer.Instance);
    private readonly ConcurrentDictionary<IVectorSink, bool> _met = new(ReferenceEqualityComparer.Instance);
    private readonly NoticeBoard _notices;
    private readonly PipelineOptions _options;
    private readonly TimeProvider _time;

    /// <summary>Makes it; nothing is asked yet.</summary>
    /// <param name="options">Pauses and limits.</param>
    /// <param name="notices">Told what is waited for, in words.</param>
    /// <param name="time">The clock.</param>
    public PatientQuestions(PipelineOptions options, NoticeBoard notices, TimeProvider time) => (_options, _notices, _time) = (options, notices, time);

    /// <summary>The same, for one who only listens.</summary>
    /// <param name="options">Pauses and limits.</param>
    /// <param name="told">Told what is waited for, in words.</param>
    /// <param name="time">The clock.</param>
    public PatientQuestions(PipelineOptions options, Action<string> told, TimeProvider time)
        : this(options, new NoticeBoard(), time) => _notices.Posted += told;

    /// <summary>The sink as it waits. It has none of the sink's further interfaces, and does not own it.</summary>
    /// <param name="sink">The sink.</param>
    /// <returns>The same sink behind the policy.</returns>
    public IVectorSink Of(IVectorSink sink) => new WaitingSink(WriterOf(sink));

    /// <summary>The ledger as it waits. Owns it.</summary>
    /// <param name="ledger">The ledger.</param>
    /// <returns>The same ledger behind the policy.</returns>
    public ILedger Of(ILedger ledger) => new WaitingLedger(ledger, _options, _notices, _time);

    /// <summary>
    /// Describes the collection. A server that says "not now" is waited for; one that does not exist, cannot be reached or refuses who asks is told at once the first time, since a
    /// person is there who may have written the address wrong.
    /// </summary>
    /// <param name="sink">The sink.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The collection; null when there is none.</returns>
    /// <exception cref="TransientException">It was never reached.</exception>
    /// <exception cref="StorageException">It refuses.</exception>
    public async Task<CollectionInfo?> MeetAsync(IVectorSink sink, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);
        if (!_met.ContainsKey(sink))
        {
            try
            {
                var collection = await sink.DescribeAsync(cancellationToken);
                _met[sink] = true;
                return collection;
            }
            catch (TransientException exception) when (HasAnswered(exception))
            {
                _met[sink] = true;
                _notices.Post("start", $"the database has answered, and not what was asked: {exception.Message} It is asked again");
            }
        }

        var answer = await Of(sink).DescribeAsync(cancellationToken);
        _notices.Clear("start", "the database answers again");
        return answer;
    }

    /// <summary>Prepares a collection, as often as it takes.</summary>
    /// <param name="preparation">Prepares.</param>
    /// <param name="sink">The sink.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The collection; null when there is none, and the ledger knows nothing of it.</returns>
    public async Task<CollectionInfo?> FindAsync(CollectionPreparation preparation, IVectorSink sink, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(preparation);

        // The whole of it again, from the ledger's epoch on: that is what a second answer has to be compared with.
        return await WriterOf(sink).Calls.ReadAsync((asked, ct) => preparation.FindAsync(asked, ct), cancellationToken);
    }

    /// <summary>Whether something at the other end has answered: a failure of the connection says nothing about who is there.</summary>
    private static bool HasAnswered(Exception exception)
    {
        for (var inner = exception.InnerException; inner is not null; inner = inner.InnerException)
        {
            if (inner is SocketException or HttpRequestException or IOException or TimeoutException or OperationCanceledException)
            {
                return false;
            }
        }

        return true;
    }

    private SinkWriter WriterOf(IVectorSink sink) => _writers.GetOrAdd(sink, static (added, self) => new SinkWriter(added, self._options, self._notices, self._time), this);
}
