namespace Sluice.Hosting.Http.Contract;

/// <summary>The answer of <c>GET /api/v1/nodes</c>.</summary>
/// <param name="Items">Nodes by id; on one machine the one process.</param>
internal sealed record NodeList(IReadOnlyList<NodeView> Items);

/// <summary>A node, and the data of the event <c>node</c>.</summary>
/// <param name="Id">host:port on which it speaks to other nodes; <c>local</c> on one machine. Stands in URLs.</param>
/// <param name="State">up, draining, unreachable (silent, not given up yet), lost (given up) or left (by itself). Lost and left ones are shown for 15 minutes.</param>
/// <param name="Roles">coordinate, parse, embed, index, api.</param>
/// <param name="Device">What it embeds on: cpu, cuda:0; null where it does not embed.</param>
/// <param name="Program">Version of the program.</param>
/// <param name="Protocol">Version of the protocol between nodes; 0 on one machine.</param>
/// <param name="LastHeartbeat">When it was last heard of, UTC.</param>
/// <param name="MemoryBytes">Memory its process uses.</param>
/// <param name="ChunksParsedPerSecond">Chunks it cut a second.</param>
/// <param name="ChunksEmbeddedPerSecond">Chunks it embedded a second.</param>
/// <param name="TokensPerSecond">Tokens it embedded a second.</param>
/// <param name="VectorsStoredPerSecond">Vectors it wrote a second.</param>
/// <param name="Jobs">Jobs it works on.</param>
/// <param name="Queues">How full its queues are.</param>
/// <param name="CanDrain">Whether it can be drained: in a cluster, while it is up.</param>
internal sealed record NodeView(
    string Id,
    string State,
    IReadOnlyList<string> Roles,
    string? Device,
    string Program,
    int Protocol,
    DateTimeOffset LastHeartbeat,
    long MemoryBytes,
    double ChunksParsedPerSecond,
    double ChunksEmbeddedPerSecond,
    double TokensPerSecond,
    double VectorsStoredPerSecond,
    IReadOnlyList<long> Jobs,
    IReadOnlyList<QueueView> Queues,
    bool CanDrain);

/// <summary>A bounded queue of a node.</summary>
/// <param name="Name">in-flight, packing, vectors or sink.</param>
/// <param name="Unit">bytes or tokens.</param>
/// <param name="Fill">What it holds.</param>
/// <param name="Bound">What it holds at most.</param>
internal sealed record QueueView(string Name, string Unit, long Fill, long Bound);
