// SPDX-License-Identifier: Apache-2.0
internal import Guest
internal import Records

/// Suites and cases as a 7.3.4 kernel names them, some hundreds of them.
enum SampleTests {
    /// Top-level suites in which every case passes, save for those that the kernel skips.
    static func suites() -> [TestResult] {
        var suites: [TestResult] = []
        var line = 4190
        for text in unfolded() {
            let halves = text.split(separator: ":", maxSplits: 1)
            var cases: [TestResult] = []
            for word in halves.dropFirst().first?.split(separator: " ") ?? [] {
                for name in names(word) {
                    line += 1
                    let isSkipped = name.hasSuffix("_benchmark") || name.hasPrefix("~")
                    cases.append(
                        TestResult(
                            name: name.hasPrefix("~") ? String(name.dropFirst()) : name,
                            outcome: isSkipped ? .skip : .pass, diagnostics: isSkipped ? ["not enabled"] : [],
                            line: line, children: []))
                }
            }
            line += 3
            let name = halves.first.map(String.init) ?? ""
            suites.append(
                TestResult(
                    name: name.hasPrefix("~") ? String(name.dropFirst()) : name,
                    outcome: name.hasPrefix("~") ? .skip : .pass,
                    diagnostics: name.hasPrefix("~") ? ["Test suite expected to be skipped"] : [], line: line,
                    children: cases))
        }
        return suites
    }

    /// A line for each suite; the table below folds long ones.
    private static func unfolded() -> [String] {
        var lines: [String] = []
        for line in table.split(separator: "\n") {
            if line.hasPrefix("  "), let last = lines.popLast() {
                lines.append(last + line.dropFirst())
            } else {
                lines.append(String(line))
            }
        }
        return lines
    }

    /// `kernel_sync_rs*3` stands for three doctests of one file.
    private static func names(_ word: Substring) -> [String] {
        let parts = word.split(separator: "*")
        guard parts.count == 2, let count = Int(parts[1]) else { return [String(word)] }
        return (0..<count).map { "rust_doctest_kernel_\(parts[0])_\($0)" }
    }

    private static let table = """
        initramfs: initramfs_test_extract initramfs_test_fname_overrun initramfs_test_data initramfs_test_csum
          initramfs_test_hardlink initramfs_test_many initramfs_test_fname_pad initramfs_test_fname_path_max
        example_init: example_init_test
        printk-ringbuffer: test_readerwriter
        refcount_interrupt: test_single_irq_change test_nested_irq_change test_multiple_irq_change test_irq_save
        resource: resource_test_union resource_test_intersection resource_test_region_intersects
        damon: damon_test_target damon_test_regions damon_test_aggregate damon_test_split_at damon_test_merge_two
          damon_test_merge_regions_of damon_test_split_regions_of damon_test_split_above_half_progresses
        damon-sysfs: damon_sysfs_test_add_targets
        binfmt_elf: total_mapping_size_test
        ext4_mballoc_test: test_new_blocks_simple test_free_blocks_simple test_mb_generate_buddy test_mb_mark_used
          test_mb_free_blocks test_mark_diskspace_used test_mb_mark_used_cost
        ext4_hash: test_ext4fs_dirhash_vectors test_ext4fs_dirhash_seed_changes_result
          test_ext4fs_dirhash_invalid_version_returns_einval test_ext4fs_dirhash_siphash_without_key_returns_einval
          test_ext4fs_dirhash_signed_unsigned_differ_on_nonascii
        apparmor_policy_unpack: policy_unpack_test_inbounds_when_inbounds policy_unpack_test_inbounds_when_out_of_bounds
          policy_unpack_test_unpack_array_with_null_name policy_unpack_test_unpack_array_with_name
          policy_unpack_test_unpack_array_out_of_bounds policy_unpack_test_unpack_blob_with_null_name
          policy_unpack_test_unpack_blob_with_name policy_unpack_test_unpack_blob_out_of_bounds
        landlock_domain: test_get_layer_deny_mask test_landlock_get_deny_masks
        landlock_trace: test_untrusted_str_data test_untrusted_str_boundaries test_untrusted_str_cursor
          test_untrusted_str_composition
        rust_kernel_fmt: test_ptr_formatting
        rust_kernel_str: test_cstr_to_str test_cstr_to_str_invalid_utf8 test_cstr_display test_cstr_display_all_bytes
          test_cstr_debug test_bstr_display test_bstr_debug
        rust_kernel_kunit: rust_test_kunit_example_test rust_test_kunit_in_kunit_test
          ~rust_test_kunit_always_disabled_test
        rust_kernel_bitmap: bitmap_borrow bitmap_copy bitmap_vec_new bitmap_set_clear_find owned_bitmap_out_of_bounds
          bitmap_copy_and_extend
        rust_kernel_bitfield: test_basic_access test_infallible_conversion test_fallible_conversion
          test_overlapping_fields test_unallocated_bits test_try_with test_raw
        rust_netlink: test_family_flags_bitfield
        rust_kvec: test_kvec_retain test_kvvec_shrink_to test_kvvec_shrink_to_empty test_kvvec_shrink_to_no_op
          test_kvvec_shrink_to_respects_min_capacity
        rust_allocator: test_alignment
        rust_spinlock_irq_condvar: spinlock_irq_condvar
        rust_atomics: atomic_basic_tests atomic_acquire_release_tests atomic_xchg_tests atomic_cmpxchg_tests
          atomic_arithmetic_tests atomic_bool_tests atomic_ptr_tests atomic_flag_tests
        rust_doctests_kernel: alloc_allocator_rs*1 alloc_kbox_rs*15 alloc_kvec_rs*32 alloc_layout_rs*1 bitfield_rs*6
          bitmap_rs*3 bits_rs*8 block_mq_rs*1 build_assert_rs*5 clk_rs*1 cpu_rs*1 cpumask_rs*2 debugfs_rs*5
          device_property_rs*1 device_rs*8 devres_rs*3 dma_rs*9 error_rs*7 fs_file_rs*1 gpu_buddy_rs*4 id_pool_rs*3
          impl_flags_rs*1 init_rs*4 interop_list_rs*1 io_mem_rs*2 io_poll_rs*2 io_register_rs*7 io_rs*19
          irq_request_rs*2 kunit_rs*1 lib_rs*2 list_impl_list_item_mod_rs*2 list_rs*3 maple_tree_rs*7 num_bounded_rs*30
          num_casts_rs*22 page_rs*4 pci_id_rs*1 pci_irq_rs*1 pci_rs*2 platform_rs*1 prelude_rs*1 print_rs*10
          ptr_projection_rs*4 ptr_rs*9 rbtree_rs*11 regulator_rs*4 revocable_rs*2 safety_rs*1 scatterlist_rs*1
          serdev_rs*1 sizes_rs*2 std_vendor_rs*5 str_parse_int_rs*1 str_rs*8 sync_arc_rs*13 sync_aref_rs*1
          sync_atomic_rs*12 sync_barrier_rs*1 sync_completion_rs*1
        kunit_executor_test: parse_filter_test filter_suites_test filter_suites_test_glob_test
          filter_suites_to_empty_test parse_filter_attr_test filter_attr_test filter_attr_empty_test
          filter_attr_skip_test
        kunit-resource-test: kunit_resource_test_init_resources kunit_resource_test_alloc_resource
          kunit_resource_test_destroy_resource kunit_resource_test_remove_resource kunit_resource_test_cleanup_resources
          kunit_resource_test_proper_free_ordering kunit_resource_test_static kunit_resource_test_named
        kunit_status: kunit_status_set_failure_test kunit_status_mark_skipped_test
        kunit_device: kunit_device_test kunit_device_cleanup_test kunit_device_driver_test
        kunit_stub: kunit_stub_test
        kunit_platform_driver: kunit_platform_driver_register_test
          kunit_platform_device_prepare_wait_for_probe_completes_when_already_probed
        string-stream-test: string_stream_managed_init_test string_stream_unmanaged_init_test
          string_stream_managed_free_test string_stream_resource_free_test string_stream_line_add_test
          string_stream_variable_length_line_test string_stream_append_test string_stream_append_auto_newline_test
        ~example_skip_suite:
        example: example_simple_test ~example_skip_test ~example_mark_skipped_test example_all_expect_macros_test
          example_static_stub_test example_static_stub_using_fn_ptr_test example_priv_test example_params_test
        math-gcd: gcd_test
        math-int_pow: int_pow_test
        math-polynomial: polynomial_calc_test
        crc: crc7_be_test ~crc7_be_benchmark crc16_test ~crc16_benchmark crc_t10dif_test ~crc_t10dif_benchmark
          crc32_le_test ~crc32_le_benchmark
        aes_ccm: test_aes_ccm_test_vectors test_aes_ccm_nist_sp800_38c_example4 test_aes_ccm_data_len_too_large
          test_aead_all_key_lens test_aead_all_nonce_lens test_aead_all_tag_lens test_aead_incremental_updates
          test_aead_data_buffer_overruns
        blake2b: test_hash_test_vectors test_hash_all_lens_up_to_4096 test_hash_incremental_updates
          test_hash_buffer_overruns test_hash_overlaps test_hash_alignment_consistency test_hash_ctx_zeroization
          test_hash_interrupt_context_1
        chacha20poly1305: test_chacha20poly1305
        ghash: test_hash_test_vectors test_hash_all_lens_up_to_4096 test_hash_incremental_updates
          test_hash_buffer_overruns test_hash_overlaps test_hash_alignment_consistency test_hash_ctx_zeroization
          test_hash_interrupt_context_1
        mldsa: test_mldsa44 test_mldsa65 test_mldsa87 test_mldsa_use_hint ~benchmark_mldsa44 ~benchmark_mldsa65
          ~benchmark_mldsa87
        poly1305: test_hash_test_vectors test_hash_all_lens_up_to_4096 test_hash_incremental_updates
          test_hash_buffer_overruns test_hash_overlaps test_hash_alignment_consistency test_hash_ctx_zeroization
          test_hash_interrupt_context_1
        sha1: test_hash_test_vectors test_hash_all_lens_up_to_4096 test_hash_incremental_updates
          test_hash_buffer_overruns test_hash_overlaps test_hash_alignment_consistency test_hash_ctx_zeroization
          test_hash_interrupt_context_1
        sha256: test_hash_test_vectors test_hash_all_lens_up_to_4096 test_hash_incremental_updates
          test_hash_buffer_overruns test_hash_overlaps test_hash_alignment_consistency test_hash_ctx_zeroization
          test_hash_interrupt_context_1
        sha512: test_hash_test_vectors test_hash_all_lens_up_to_4096 test_hash_incremental_updates
          test_hash_buffer_overruns test_hash_overlaps test_hash_alignment_consistency test_hash_ctx_zeroization
          test_hash_interrupt_context_1
        sm3: test_hash_test_vectors test_hash_all_lens_up_to_4096 test_hash_incremental_updates
          test_hash_buffer_overruns test_hash_overlaps test_hash_alignment_consistency test_hash_ctx_zeroization
          test_hash_interrupt_context_1
        bitops: test_set_bit_clear_bit test_change_bit test_test_and_set_bit_test_and_clear_bit test_test_and_change_bit
          test_get_count_order test_get_count_order_long
        bits-test: __genmask_test __genmask_ull_test genmask_test genmask_ull_test genmask_u128_test
          genmask_input_check_test
        checksum: test_csum_fixed_random_inputs test_csum_all_carry_inputs test_csum_no_carry_inputs test_ip_fast_csum
          test_csum_ipv6_magic
        cpumask: test_cpumask_weight test_cpumask_first test_cpumask_last test_cpumask_next test_cpumask_iterators
          test_cpumask_iterators_builtin
        fortify: fortify_test_known_sizes fortify_test_control_flow_split fortify_test_alloc_size_kmalloc_const
          fortify_test_alloc_size_kmalloc_dynamic fortify_test_alloc_size_vmalloc_const
          fortify_test_alloc_size_vmalloc_dynamic fortify_test_alloc_size_kvmalloc_const
          fortify_test_alloc_size_kvmalloc_dynamic
        hashtable: hashtable_test_hash_init hashtable_test_hash_empty hashtable_test_hash_hashed hashtable_test_hash_add
          hashtable_test_hash_del hashtable_test_hash_for_each hashtable_test_hash_for_each_safe
          hashtable_test_hash_for_each_possible
        iov_iter: iov_kunit_copy_to_kvec iov_kunit_copy_from_kvec iov_kunit_copy_to_bvec iov_kunit_copy_from_bvec
          iov_kunit_copy_to_folioq iov_kunit_copy_from_folioq iov_kunit_copy_to_xarray iov_kunit_copy_from_xarray
        kprobes_test: test_kprobe test_kprobes test_kprobe_missed test_kretprobe test_kretprobes
          test_stacktrace_on_kretprobe test_stacktrace_on_nested_kretprobe
        hlist: hlist_test_init hlist_test_unhashed hlist_test_unhashed_lockless hlist_test_del hlist_test_del_init
          hlist_test_add hlist_test_fake hlist_test_is_singular_node
        list-private-kunit-test: list_private_compile_test
        list_sort: list_sort_test
        """
}
