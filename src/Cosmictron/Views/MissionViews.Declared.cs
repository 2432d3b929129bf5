using System.Buffers;
using System.Text;
using Voxeltron.Ultra;

namespace Voxeltron.Cosmictron;

public sealed partial class MissionViews
{
    /// <summary>A view with what is needed to read its rows.</summary>
    private sealed class DeclaredView(BoundView bound)
    {
        private readonly TupleBytes _tuple = new();
        private readonly ArrayBufferWriter<byte> _json = new();

        public BoundView Bound => bound;

        public byte[] Name { get; } = Encoding.ASCII.GetBytes(bound.Name);

        /// <summary>What the names of columns add to each row that people read.</summary>
        public int NameBytes { get; } = bound.Columns.Sum(static column => Encoding.UTF8.GetByteCount(column.Name) + 8);

        public ViewRowCodec Codec { get; } = new(bound.Columns);

        /// <summary>It is not, or not as, the mission's spec has it.</summary>
        public bool IsBuilt { get; init; }

        /// <summary>Of the circuit in use.</summary>
        public ViewOutput? Output { get; set; }

        public ViewRow RowOf(ReadOnlySpan<byte> row, long weight)
        {
            Codec.WriteTuple(row, weight, _tuple);
            _json.ResetWrittenCount();
            Codec.WriteJson(_tuple.Written, _json);
            return new ViewRow(row.ToArray(), _json.WrittenSpan.ToArray(), weight);
        }
    }
}
