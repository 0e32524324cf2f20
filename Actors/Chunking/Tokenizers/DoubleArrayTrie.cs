using System.Runtime.InteropServices;

namespace Sluice.Actors.Chunking.Tokenizers;

/// <summary>
/// A prefix tree over UTF-16 text in one flat array. A character is first turned into a dense code (<see cref="CodeOf"/>, 0 when no key has it); a step from a
/// state by a code is two reads. Immutable, safe for concurrent use.
/// </summary>
internal sealed class DoubleArrayTrie
{
    /// <summary>The state to start from.</summary>
    public const int Root = 0;

    private readonly ushort[] _codes;

    private DoubleArrayTrie(ushort[] codes, Unit[] units, int longestKey)
    {
        _codes = codes;
        Units = units;
        LongestKey = longestKey;
    }

    /// <summary>The states. A step is valid when <see cref="Unit.Check"/> of the state <c>Base + code</c> is the state one comes from.</summary>
    public Unit[] Units { get; }

    /// <summary>Characters of the longest key.</summary>
    public int LongestKey { get; }

    /// <summary>Builds a tree.</summary>
    /// <param name="keys">Keys with their values; of equal keys the last one counts. Empty keys are left out.</param>
    public static DoubleArrayTrie Build(IEnumerable<KeyValuePair<string, int>> keys)
    {
        var unique = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (key, value) in keys)
        {
            if (key.Length > 0)
            {
                unique[key] = value;
            }
        }

        var sorted = unique.Keys.ToArray();
        Array.Sort(sorted, StringComparer.Ordinal);
        var codes = new ushort[char.MaxValue + 1];
        foreach (var key in sorted)
        {
            foreach (var character in key)
            {
                codes[character] = 1;
            }
        }

        var alphabet = 0;
        for (var character = 0; character < codes.Length; character++)
        {
            if (codes[character] != 0)
            {
                codes[character] = (ushort)++alphabet;
            }
        }

        var units = new Builder(sorted, unique, codes, alphabet).Run();
        return new DoubleArrayTrie(codes, units, sorted.Length == 0 ? 0 : sorted.Max(static key => key.Length));
    }

    /// <summary>Dense code of a character; 0 when no key has it.</summary>
    public ushort CodeOf(char character) => _codes[character];

    /// <summary>A state.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Unit
    {
        /// <summary>Where its successors start.</summary>
        public int Base;

        /// <summary>The state before it; -1 when it is free.</summary>
        public int Check;

        /// <summary>Value of the key that ends here; -1 for none.</summary>
        public int Value;
    }

    /// <summary>Places the nodes level by level, each at the first base where all its successors find a free unit.</summary>
    private sealed class Builder(string[] keys, Dictionary<string, int> values, ushort[] codes, int alphabet)
    {
        private readonly Queue<(int From, int To, int Depth, int State)> _pending = new();
        private readonly List<(ushort Code, int From)> _children = [];
        private Unit[] _units = [];
        private int _firstFree = 1;
        private int _used;

        public Unit[] Run()
        {
            Grow(1024);
            _units[Root].Check = 0;
            if (keys.Length > 0)
            {
                _pending.Enqueue((0, keys.Length, 0, Root));
            }

            while (_pending.TryDequeue(out var node))
            {
                Place(node.From, node.To, node.Depth, node.State);
            }

            // Every base plus every code must be inside the array, so that a step needs no bounds of its own.
            Array.Resize(ref _units, _used + alphabet + 2);
            for (var i = _used + 1; i < _units.Length; i++)
            {
                _units[i] = new Unit { Check = -1, Value = -1 };
            }

            return _units;
        }

        private void Place(int from, int to, int depth, int state)
        {
            if (keys[from].Length == depth)
            {
                _units[state].Value = values[keys[from]];
                from++;
            }

            _children.Clear();
            for (var i = from; i < to; i++)
            {
                var code = codes[keys[i][depth]];
                if (_children.Count == 0 || _children[^1].Code != code)
                {
                    _children.Add((code, i));
                }
            }

            if (_children.Count == 0)
            {
                return;
            }

            var origin = FindBase();
            _units[state].Base = origin;
            for (var i = 0; i < _children.Count; i++)
            {
                var child = origin + _children[i].Code;
                _units[child].Check = state;
                _used = Math.Max(_used, child);
                _pending.Enqueue((_children[i].From, i + 1 < _children.Count ? _children[i + 1].From : to, depth + 1, child));
            }
        }

        private int FindBase()
        {
            while (_units[_firstFree].Check >= 0)
            {
                _firstFree++;
                Grow(_firstFree);
            }

            var taken = 0;
            var first = _children[0].Code;
            for (var position = Math.Max(_firstFree, first + 1); ; position++)
            {
                Grow(position + alphabet);
                if (_units[position].Check >= 0)
                {
                    taken++;
                    continue;
                }

                if (Fits(position - first))
                {
                    // A stretch that is nearly full is not searched again.
                    if (taken > 64 && taken > 0.95 * (position - _firstFree))
                    {
                        _firstFree = position;
                    }

                    return position - first;
                }
            }
        }

        private bool Fits(int origin)
        {
            foreach (var (code, _) in _children)
            {
                if (_units[origin + code].Check >= 0)
                {
                    return false;
                }
            }

            return true;
        }

        private void Grow(int index)
        {
            if (index < _units.Length)
            {
                return;
            }

            var length = _units.Length;
            Array.Resize(ref _units, Math.Max(index + 1, length * 2));
            for (var i = length; i < _units.Length; i++)
            {
                _units[i] = new Unit { Check = -1, Value = -1 };
            }
        }
    }
}
