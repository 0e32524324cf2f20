using System.Buffers;
using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Sluice.Actors.Sinks.Http;
using Sluice.Actors.Sinks.Weaviate.Protocol;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Sinks.Weaviate;

/// <summary>
/// Calls Weaviate's gRPC API: a time limit on every call, reads tried again a few times, every failure thrown as what it means. Safe for concurrent use.
/// </summary>
internal sealed class WeaviateChannel : IDisposable
{
    /// <summary>Most bytes of a message, as the server is built (its <c>grpcMaxMessageSize</c>).</summary>
    public const int MaxMessageBytes = 104_858_000;

    private const string Service = "weaviate.v1.Weaviate";

    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(10);

    private static readonly Method<BackwardProtobufWriter, BatchObjectsReply> s_batch = new(
        MethodType.Unary,
        Service,
        "BatchObjects",
        Marshallers.Create<BackwardProtobufWriter>(Send, static _ => throw new NotSupportedException("a batch is only sent")),
        Marshallers.Create(static (BatchObjectsReply _, SerializationContext _) => throw new NotSupportedException("an answer is only read"), Read(BatchObjectsReply.Parser)));

    private static readonly Method<SearchRequest, SearchReply> s_search = Unary<SearchRequest, SearchReply>("Search", SearchReply.Parser);
    private static readonly Method<BatchDeleteRequest, BatchDeleteReply> s_delete = Unary<BatchDeleteRequest, BatchDeleteReply>("BatchDelete", BatchDeleteReply.Parser);
    private static readonly Method<AggregateRequest, AggregateReply> s_aggregate = Unary<AggregateRequest, AggregateReply>("Aggregate", AggregateReply.Parser);

    private readonly GrpcChannel _channel;
    private readonly CallInvoker _calls;
    private readonly SinkHttpOptions _options;
    private readonly SinkSecret _secret;
    private readonly TimeProvider _time;
    private readonly TimeSpan _timeout;
    private readonly WeaviateFailures _failures;

    /// <summary>Makes the channel; connects when it is first used.</summary>
    /// <exception cref="ConfigurationException">The address's certificate cannot be used.</exception>
    public WeaviateChannel(WeaviateAddress address, SinkHttpOptions options, SinkSecret secret, TimeProvider time)
    {
        (_options, _secret, _time) = (options, secret, time);
        _timeout = address.Server.Timeout ?? options.RequestTimeout;
        _failures = new WeaviateFailures(new SinkFailures("Weaviate", $"{address.Grpc.Authority} (gRPC)", secret));
        _channel = GrpcChannel.ForAddress(address.Grpc, new GrpcChannelOptions
        {
            HttpHandler = new RetryAfterHandler(SinkHttpHandler.Create(address.Server, options, maxConnections: 16), time),
            DisposeHttpClient = true,
            MaxReceiveMessageSize = MaxMessageBytes,
            MaxSendMessageSize = null,
            MaxRetryAttempts = null,
            ThrowOperationCanceledOnCancellation = true,
        });
        _calls = _channel.CreateCallInvoker();
    }

    /// <summary>Writes objects; the answer names those that were refused. Not tried again here.</summary>
    public Task<BatchObjectsReply> BatchAsync(BackwardProtobufWriter request, CancellationToken cancellationToken) => CallAsync(s_batch, request, retry: false, cancellationToken);

    /// <summary>Reads objects.</summary>
    public Task<SearchReply> SearchAsync(SearchRequest request, CancellationToken cancellationToken) => CallAsync(s_search, request, retry: true, cancellationToken);

    /// <summary>Deletes the objects that match, up to the server's limit. Not tried again here.</summary>
    public Task<BatchDeleteReply> DeleteAsync(BatchDeleteRequest request, CancellationToken cancellationToken) => CallAsync(s_delete, request, retry: false, cancellationToken);

    /// <summary>Counts.</summary>
    public Task<AggregateReply> AggregateAsync(AggregateRequest request, CancellationToken cancellationToken) => CallAsync(s_aggregate, request, retry: true, cancellationToken);

    public void Dispose() => _channel.Dispose();

    private async Task<TReply> CallAsync<TRequest, TReply>(Method<TRequest, TReply> method, TRequest request, bool retry, CancellationToken cancellationToken)
        where TRequest : class
        where TReply : class
    {
        var refreshed = false;
        for (var attempt = 1; ; attempt++)
        {
            var secret = await _secret.GetAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                return await CallOnceAsync(method, request, secret, cancellationToken).ConfigureAwait(false);
            }
            catch (RpcException exception) when (exception.StatusCode == StatusCode.Unauthenticated && secret is not null && !refreshed && _secret.Forget(secret))
            {
                refreshed = true; // A token may have run out: once more with a fresh one.
                attempt--;
            }
            catch (RpcException exception)
            {
                var failure = _failures.Translate(exception, isRead: retry);
                if (failure is not TransientException transient || !retry || attempt >= _options.Attempts || transient.RetryAfter > s_longestPause)
                {
                    throw failure;
                }

                var bound = Math.Min(s_firstPause.TotalMilliseconds * Math.Pow(2, attempt - 1), s_longestPause.TotalMilliseconds);
                var pause = TimeSpan.FromMilliseconds(bound * RandomNumberGenerator.GetInt32(1, 1001) / 1000);
                await Task.Delay(transient.RetryAfter > pause ? transient.RetryAfter.Value : pause, _time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task<TReply> CallOnceAsync<TRequest, TReply>(Method<TRequest, TReply> method, TRequest request, string? secret, CancellationToken cancellationToken)
        where TRequest : class
        where TReply : class
    {
        using var limited = new CancellationTokenSource(_timeout, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limited.Token, cancellationToken);
        Metadata headers = secret is null ? [] : new Metadata { { "authorization", $"Bearer {secret}" } };
        try
        {
            using var call = _calls.AsyncUnaryCall(method, null, new CallOptions(headers, cancellationToken: linked.Token), request);
            return await call.ResponseAsync.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.DeadlineExceeded, $"no answer within {_timeout.TotalSeconds:0.#} s"));
        }
    }

    private static Method<TRequest, TReply> Unary<TRequest, TReply>(string name, MessageParser<TReply> parser)
        where TRequest : class, IMessage
        where TReply : class, IMessage<TReply> => new(
            MethodType.Unary,
            Service,
            name,
            Marshallers.Create<TRequest>(SendMessage, static _ => throw new NotSupportedException("a request is only sent")),
            Marshallers.Create(static (TReply _, SerializationContext _) => throw new NotSupportedException("an answer is only read"), Read(parser)));

    private static void SendMessage<TRequest>(TRequest request, SerializationContext context)
        where TRequest : IMessage
    {
        context.SetPayloadLength(request.CalculateSize());
        request.WriteTo(context.GetBufferWriter());
        context.Complete();
    }

    private static void Send(BackwardProtobufWriter request, SerializationContext context)
    {
        context.SetPayloadLength(request.Length);
        context.GetBufferWriter().Write(request.Written.Span);
        context.Complete();
    }

    private static Func<DeserializationContext, TReply> Read<TReply>(MessageParser<TReply> parser)
        where TReply : IMessage<TReply> => context => parser.ParseFrom(context.PayloadAsReadOnlySequence());
}
